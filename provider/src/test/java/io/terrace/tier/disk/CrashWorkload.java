package io.terrace.tier.disk;

import io.terrace.DiskSettings.Fsync;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Tier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The program that is killed: two threads write, overwrite, remove, touch, purge by tag and clear
 * at random, each on keys of its own, and say on standard output what they are about to do ({@code
 * I}) and what is done ({@code A}). Standard output is a pipe, so what was said survives the
 * process.
 */
final class CrashWorkload {
  static final int THREADS = 2;
  private static final int TAGS = 12;

  private final DiskSetup setup;
  private final Load load;
  private final PrintStream out;
  private final ReadWriteLock everything = new ReentrantReadWriteLock();
  private Tier tier;

  /**
   * What the program does.
   *
   * @param smallKeys keys a thread has for bodies in one record
   * @param longKeys keys a thread has for bodies in chunks
   */
  record Load(long maxBytes, int smallKeys, int longKeys, int maxSmall, int maxLong) {
    /** Fits below half of the bound, so nothing may ever be evicted. */
    static final Load FITTING = new Load(16L << 20, 60, 3, 4000, 700_000);

    /** Far more than there is room for. */
    static final Load EVICTING = new Load(2L << 20, 600, 2, 9000, 300_000);
  }

  private CrashWorkload(DiskSetup setup, Load load, PrintStream out) throws IOException {
    this.setup = setup;
    this.load = load;
    this.out = out;
    tier = setup.open();
  }

  /**
   * @param args directory, load (fitting or evicting), fsync, seed
   */
  public static void main(String[] args) throws Exception {
    Load load = args[1].equals("fitting") ? Load.FITTING : Load.EVICTING;
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));
    CrashWorkload workload =
        new CrashWorkload(setup(Path.of(args[0]), load, Fsync.valueOf(args[2])), load, out);
    long seed = Long.parseLong(args[3]);
    workload.say("ready");
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      new Thread(() -> workload.run(number, new Random(seed + number))).start();
    }
  }

  static DiskSetup setup(Path directory, Load load, Fsync fsync) {
    return DiskSetup.in(directory).maxBytes(load.maxBytes).fsync(fsync);
  }

  /** The name of a key: every thread has small and long ones. */
  static String key(int thread, int number) {
    return "t" + thread + "-" + number;
  }

  /** The tag of a key: a few keys of a thread share one. */
  static String tag(int thread, int number) {
    return "g" + thread + "-" + number % TAGS;
  }

  private void run(int thread, Random random) {
    try {
      for (int i = 0; true; i++) {
        step(thread, i, random);
      }
    } catch (Throwable e) {
      say("E " + e);
      Runtime.getRuntime().halt(3);
    }
  }

  private void step(int thread, int i, Random random) throws IOException {
    int kind = random.nextInt(1000);
    boolean alone = kind < 4;
    var lock = alone ? everything.writeLock() : everything.readLock();
    lock.lock();
    try {
      String id = thread + "." + i;
      if (kind < 2) {
        say("I " + id + " clear");
        tier.clear();
      } else if (kind < 4) {
        say("I " + id + " reopen");
        tier.close();
        tier = setup.open();
      } else {
        change(id, thread, random);
      }
      say("A " + id);
    } finally {
      lock.unlock();
    }
  }

  private void change(String id, int thread, Random random) throws IOException {
    boolean small = random.nextInt(20) > 0;
    int number =
        small ? random.nextInt(load.smallKeys) : load.smallKeys + random.nextInt(load.longKeys);
    String name = key(thread, number);
    EntryKey key = Entries.key(name);
    int kind = random.nextInt(30);
    if (kind == 0) {
      PurgeMode mode = random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
      String tag = tag(thread, number);
      say("I " + id + " purge " + tag + " " + mode);
      tier.purgeTag(tag, mode, EntryHeader.UNASSIGNED);
    } else if (kind < 21) {
      int size =
          small
              ? random.nextInt(load.maxSmall)
              : load.maxLong / 2 + random.nextInt(load.maxLong / 2);
      long seed = random.nextLong();
      say("I " + id + " put " + name + " " + seed + " " + size);
      put(key, tag(thread, number), Entries.bytes(seed, size));
    } else if (kind < 27) {
      say("I " + id + " remove " + name);
      tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    } else {
      EntryHeader header = Entries.headerOf(tier, key);
      if (header != null) {
        long expiresAtMillis = 4_000_000_000_000L + random.nextInt(1_000_000);
        say("I " + id + " touch " + name + " " + expiresAtMillis);
        tier.updateHeader(key, header.version(), HeaderUpdate.expireAt(expiresAtMillis));
      } else {
        say("I " + id + " nothing");
      }
    }
  }

  private void put(EntryKey key, String tag, byte[] body) throws IOException {
    Metadata metadata = new Metadata(null, Set.of(tag), Map.of());
    EntryHeader header = Entries.header(key, EntryHeader.NEVER, metadata);
    try (WriteHandle write = tier.openWrite(header, Condition.ALWAYS)) {
      for (int at = 0; at < body.length || at == 0; at += 100_000) {
        write.write(ByteBuffer.wrap(body, at, Math.min(100_000, body.length - at)));
      }
      if (!(write.commit() instanceof CommitResult.Committed)) {
        throw new IOException("refused");
      }
    }
  }

  private void say(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
    synchronized (out) {
      out.write(bytes, 0, bytes.length);
      out.flush();
    }
  }
}
