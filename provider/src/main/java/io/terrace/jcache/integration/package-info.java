/** Calls to the user's loader and writer, and what becomes of their failures. Internal. */
@NullMarked
package io.terrace.jcache.integration;

import org.jspecify.annotations.NullMarked;
