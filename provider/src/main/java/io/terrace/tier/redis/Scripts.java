package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The scripts of a partition, each in a file of its own that says what it takes and answers, behind
 * what some have in common.
 */
final class Scripts {
  private static final String PRELUDE = read("prelude");

  static final Script CHANGE = new Script(PRELUDE + read("change"));
  static final Script CLEAR = new Script(PRELUDE + read("clear"));
  static final Script PURGE_TAG = new Script(PRELUDE + read("purge-tag"));
  static final Script LEASE = new Script(PRELUDE + read("lease"));
  static final Script ANNOUNCE = new Script(PRELUDE + read("announcing") + read("announce"));
  static final Script SETTLE = new Script(PRELUDE + read("announcing") + read("settle"));
  static final Script CLEAR_AFTER_LOSS = new Script(PRELUDE + read("clear-after-loss"));
  static final Script FORGET = new Script(PRELUDE + read("forget"));
  static final Script DROP = new Script(PRELUDE + read("drop"));
  static final Script HEAD = new Script(read("head"));
  static final Script RELEASE = new Script(read("release"));

  private Scripts() {}

  private static String read(String name) {
    try (InputStream in = Scripts.class.getResourceAsStream(name + ".lua")) {
      if (in == null) {
        throw new IllegalStateException(name + ".lua is not beside its class");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
