/** What a suite measured, as JSON and as Markdown. */
@NullMarked
package io.terrace.benchmarks.report;

import org.jspecify.annotations.NullMarked;
