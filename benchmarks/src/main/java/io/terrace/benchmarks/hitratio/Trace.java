package io.terrace.benchmarks.hitratio;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * A recorded sequence of keys, one of those that Caffeine's simulator carries.
 *
 * @param path below the package of the simulator's parsers
 * @param form how the keys are written
 * @param length whether it is read in seconds or takes its time
 */
record Trace(String path, Form form, Length length) {
  private static final String ROOT = "/com/github/benmanes/caffeine/cache/simulator/parser/";

  /** Later accesses are left out. */
  private static final int MAX_ACCESSES = 4_000_000;

  /** How long a trace is. */
  enum Length {
    SHORT,
    LONG
  }

  /** How the keys of a trace are written. */
  enum Form {
    INTS,
    LONGS,
    DECIMAL_LINES,
    HEXADECIMAL_LINES,
    ADDRESS_LINES,
    REQUEST_LINES
  }

  static final List<Trace> ALL =
      List.of(
          shortOne("lirs/2_pools.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/cpp.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/cs.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/gli.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/loop.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/multi1.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/multi2.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/multi3.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/ps.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/scan.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/sprite.trace.gz", Form.DECIMAL_LINES),
          shortOne("lirs/zigzag.trace.gz", Form.DECIMAL_LINES),
          shortOne("cache2k/web07.trace.xz", Form.INTS),
          shortOne("cache2k/web12.trace.xz", Form.INTS),
          shortOne("adapt_size/request.trace.xz", Form.REQUEST_LINES),
          shortOne("address/gcc.trace.gz", Form.ADDRESS_LINES),
          shortOne("address/swim.trace.gz", Form.ADDRESS_LINES),
          shortOne("address/twolf.trace.gz", Form.ADDRESS_LINES),
          longOne("address/gzip.trace.gz", Form.ADDRESS_LINES),
          longOne("address/mcf.trace.gz", Form.ADDRESS_LINES),
          longOne("cache2k/orm-busy.trace.xz", Form.INTS),
          longOne("cache2k/orm-night.trace.xz", Form.INTS),
          longOne("cloud_physics/w106.trace.xz", Form.INTS),
          longOne("corda/trace_vaultservice.gz", Form.LONGS),
          longOne("corda/trace_vaultservice_large.gz", Form.LONGS),
          longOne("gradle/build-cache.xz", Form.HEXADECIMAL_LINES),
          longOne("scarab/scarab-recs.trace.xz", Form.LONGS),
          longOne("scarab/recs.trace.20160808T073231Z.xz", Form.LONGS),
          longOne("scarab/prods.trace.20160808T073231Z.xz", Form.LONGS));

  private static Trace shortOne(String path, Form form) {
    return new Trace(path, form, Length.SHORT);
  }

  private static Trace longOne(String path, Form form) {
    return new Trace(path, form, Length.LONG);
  }

  /** Whether the simulator is on the class path. */
  static boolean areAvailable() {
    return Trace.class.getResource(ROOT + ALL.get(0).path) != null;
  }

  /** Such as {@code sprite}. */
  String name() {
    String file = path.substring(path.indexOf('/') + 1);
    return file.replaceAll("\\..*", "");
  }

  /** The keys in the order of their use. */
  long[] read() throws IOException {
    try (InputStream raw = Trace.class.getResourceAsStream(ROOT + path)) {
      if (raw == null) {
        throw new FileNotFoundException(
            "The traces are not on the class path: build with the profile 'traces'");
      }
      InputStream in = new BufferedInputStream(raw);
      InputStream plain = path.endsWith(".xz") ? new XZInputStream(in) : new GZIPInputStream(in);
      return keys(new BufferedInputStream(plain, 1 << 16));
    }
  }

  private long[] keys(InputStream in) throws IOException {
    if (form == Form.INTS || form == Form.LONGS) {
      return numbers(new DataInputStream(in));
    }
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    return lines
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.equals("*"))
        .limit(MAX_ACCESSES)
        .mapToLong(this::key)
        .toArray();
  }

  private long[] numbers(DataInputStream in) throws IOException {
    LongStream.Builder keys = LongStream.builder();
    try {
      for (int i = 0; i < MAX_ACCESSES; i++) {
        keys.add(form == Form.INTS ? in.readInt() : in.readLong());
      }
    } catch (EOFException e) {
      return keys.build().toArray(); // the only way to learn of the end
    }
    return keys.build().toArray();
  }

  private long key(String line) {
    return switch (form) {
      case DECIMAL_LINES -> Long.parseLong(line);
      case ADDRESS_LINES -> Long.parseLong(line.split(" ", 3)[1].substring(2), 16);
      case REQUEST_LINES -> Long.parseLong(line.split(" ", 3)[1]);
      case HEXADECIMAL_LINES -> {
        BigInteger number = new BigInteger(line, 16);
        yield number.shiftRight(Long.SIZE).longValue() ^ number.longValue();
      }
      case INTS, LONGS -> throw new AssertionError(form + " are not lines");
    };
  }
}
