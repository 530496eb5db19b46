package io.terrace.examples.edge;

/** Bodies of letters in which every place looks different from its neighbourhood. */
final class Bodies {
  private Bodies() {}

  static byte[] of(int length) {
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      body[i] = at(i);
    }
    return body;
  }

  /** The byte at a place of any body. */
  static byte at(long offset) {
    long mixed = (offset + 1) * 0x9E3779B97F4A7C15L;
    return (byte) ('a' + (int) ((mixed >>> 40) % 26));
  }
}
