/** The SPI of a tier: look up, write, purge, scan. */
@NullMarked
package io.terrace.tier;

import org.jspecify.annotations.NullMarked;
