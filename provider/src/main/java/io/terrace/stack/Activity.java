package io.terrace.stack;

/** What is going on with one key below the heap: readers share a flight, writers a turn. */
sealed interface Activity permits Flight, WriteTurn {}
