/**
 * A program that caches the files of a directory tree on heap and disk through plain JCache. {@link
 * io.terrace.examples.quickstart.FileCache} is where the cache is made, {@link
 * io.terrace.examples.quickstart.Refresh} is where it is used.
 */
@NullMarked
package io.terrace.examples.quickstart;

import org.jspecify.annotations.NullMarked;
