package io.terrace.jcache;

import org.jspecify.annotations.Nullable;

/** What went wrong with some of many keys: the first failure, and a few of the others in it. */
final class KeyFailures {
  private static final int MOST_SUPPRESSED = 16;

  private @Nullable RuntimeException first;
  private int suppressed;

  void add(RuntimeException failure) {
    RuntimeException before = first;
    if (before == null) {
      first = failure;
    } else if (before != failure && suppressed < MOST_SUPPRESSED) {
      suppressed++;
      before.addSuppressed(failure);
    }
  }

  void throwFirst() {
    if (first != null) {
      throw first;
    }
  }
}
