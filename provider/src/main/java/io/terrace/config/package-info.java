/**
 * Reading and validating the configuration of a manager. A manager without a file and without
 * properties of ours gets its defaults without one class of the HOCON library being loaded.
 */
@NullMarked
package io.terrace.config;

import org.jspecify.annotations.NullMarked;
