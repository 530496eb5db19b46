package io.terrace.examples.twonodes;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What a node did until now.
 *
 * @param reads of the watched entry
 * @param failed reads among them
 * @param fromHeap reads that the heap served
 * @param fromRedis reads that Redis served: the heap had no copy, or was told that it is old
 * @param heard invalidations that Redis told this node of
 * @param seen different updates
 * @param backward how often an update was followed by an older one
 * @param p50Micros age of half of the updates at most when they were first seen
 * @param p99Micros likewise of 99 of 100
 * @param servedMillis when the last read began that was served; as {@code currentTimeMillis}
 */
record Counts(
    long reads,
    long failed,
    long fromHeap,
    long fromRedis,
    long heard,
    long seen,
    long backward,
    long p50Micros,
    long p99Micros,
    long servedMillis) {

  /** As words for {@link #parse}. */
  String text() {
    return LongStream.of(
            reads,
            failed,
            fromHeap,
            fromRedis,
            heard,
            seen,
            backward,
            p50Micros,
            p99Micros,
            servedMillis)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(" "));
  }

  static Counts parse(String text) {
    long[] n = Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
    return new Counts(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9]);
  }
}
