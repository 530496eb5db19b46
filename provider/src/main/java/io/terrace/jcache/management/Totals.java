package io.terrace.jcache.management;

/**
 * The counts of a cache at one moment.
 *
 * @param hits gets that found their key
 * @param misses gets that did not
 * @param puts entries stored or replaced by the user
 * @param removals entries removed by the user
 * @param get the sampled gets
 * @param put the sampled puts
 * @param remove the sampled removals
 */
record Totals(
    long hits, long misses, long puts, long removals, Timing get, Timing put, Timing remove) {
  static final Totals ZERO = new Totals(0, 0, 0, 0, Timing.ZERO, Timing.ZERO, Timing.ZERO);

  /**
   * Sampled operations of one kind.
   *
   * @param nanos what they took together
   * @param samples how many they were
   */
  record Timing(long nanos, long samples) {
    static final Timing ZERO = new Timing(0, 0);

    Timing plus(long moreNanos, long moreSamples) {
      return new Timing(nanos + moreNanos, samples + moreSamples);
    }

    Timing minus(Timing other) {
      return new Timing(nanos - other.nanos, samples - other.samples);
    }

    float averageMicros() {
      return samples == 0 ? 0 : nanos / (samples * 1000f);
    }
  }

  Totals minus(Totals other) {
    return new Totals(
        hits - other.hits,
        misses - other.misses,
        puts - other.puts,
        removals - other.removals,
        get.minus(other.get),
        put.minus(other.put),
        remove.minus(other.remove));
  }

  long gets() {
    return hits + misses;
  }
}
