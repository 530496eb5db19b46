package io.terrace.tier;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.Change.Kind;
import io.terrace.tier.CommitResult.Committed;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A shared tier in memory, as the reference of the tests: one object is the server, and each {@link
 * #node} is how one process sees it. A node can be cut off, be deaf to messages, and stop at each
 * step where a test wants it to. Thread safe; a step is atomic under the monitor of the server.
 */
public final class SharedMemory {
  private record Lease(long number, long endsAtMillis) {}

  /** What runs of a key: the first of the announcements, how many there were, how many run. */
  private record Marker(long first, int announced, int running, long endsAtMillis) {
    Marker with(int newAnnounced, int newRunning, long newEndsAtMillis) {
      return new Marker(first, newAnnounced, newRunning, newEndsAtMillis);
    }

    boolean has(long number) {
      return number == first || (announced > 1 && number > first);
    }
  }

  private final InstantSource clock;
  private final MemoryTier store;
  private final long[] last;
  private final long[] tail;
  private final List<List<Changes>> logs = new ArrayList<>();
  private final Map<EntryKey, Lease> leases = new HashMap<>();
  private final Map<EntryKey, Marker> markers = new HashMap<>();
  private final MemoryNotices notices = new MemoryNotices();
  private final List<Node> nodes = new CopyOnWriteArrayList<>();
  private int logLimit = 1000;
  private boolean down;
  private int losses;

  /** How many losses there had been when it was cleared for them. */
  private int cleared = -1;

  public SharedMemory(InstantSource clock, int partitions) {
    this.clock = clock;
    store = new MemoryTier("shared", clock, 64L << 20);
    last = new long[partitions];
    tail = new long[partitions];
    for (int i = 0; i < partitions; i++) {
      logs.add(new ArrayList<>());
    }
  }

  /** The server as another process sees it. */
  public Node node() {
    Node node = new Node(nodes.size() + 1);
    nodes.add(node);
    return node;
  }

  /** What is stored. */
  public MemoryTier store() {
    return store;
  }

  /** Whether nobody can reach it. */
  public synchronized void down(boolean isDown) {
    down = isDown;
  }

  /** Keeps no more than so many steps of each partition, from now on. */
  public synchronized void trimLogs(int limit) {
    logLimit = limit;
    logs.forEach(this::trim);
  }

  private void trim(List<Changes> log) {
    while (log.size() > logLimit) {
      log.remove(0);
    }
  }

  /** Everything is lost, numbers and versions too, as after a restart without persistence. */
  public synchronized void loseEverything() throws IOException {
    losses++;
    store.clear();
    leases.clear();
    markers.clear();
    notices.restore(Map.of());
    for (int p = 0; p < last.length; p++) {
      last[p] = 0;
      tail[p] = 0;
      logs.get(p).clear();
    }
  }

  /** A state to which {@link #failOver} goes back. */
  public synchronized Snapshot snapshot() {
    List<List<Changes>> kept = new ArrayList<>();
    logs.forEach(log -> kept.add(new ArrayList<>(log)));
    return new Snapshot(
        last.clone(),
        tail.clone(),
        kept,
        store.copyOfEntries(),
        Map.copyOf(markers),
        notices.all());
  }

  /** What a replica knew. */
  public static final class Snapshot {
    private final long[] last;
    private final long[] tail;
    private final List<List<Changes>> logs;
    private final Map<EntryKey, MemoryTier.Stored> entries;
    private final Map<EntryKey, Marker> markers;
    private final Map<Long, Long> notices;

    private Snapshot(
        long[] last,
        long[] tail,
        List<List<Changes>> logs,
        Map<EntryKey, MemoryTier.Stored> entries,
        Map<EntryKey, Marker> markers,
        Map<Long, Long> notices) {
      this.last = last;
      this.tail = tail;
      this.logs = logs;
      this.entries = entries;
      this.markers = markers;
      this.notices = notices;
    }
  }

  /** A replica takes over that knows nothing of what came after the snapshot. */
  public synchronized void failOver(Snapshot known) throws IOException {
    loseEverything();
    System.arraycopy(known.last, 0, last, 0, last.length);
    System.arraycopy(known.tail, 0, tail, 0, tail.length);
    for (int p = 0; p < last.length; p++) {
      logs.get(p).addAll(known.logs.get(p));
    }
    store.restore(known.entries);
    markers.putAll(known.markers);
    notices.restore(known.notices);
  }

  private int partitionOf(EntryKey key) {
    return (int) Long.remainderUnsigned(key.hashLow(), last.length);
  }

  /** One of many operations. */
  private interface Operation {
    CommitResult in(int index, Node.Step step) throws IOException;
  }

  /** Where a node can be stopped. */
  public interface Hook {
    /**
     * @param step such as {@code lookup} before and {@code looked} after it
     */
    void at(String step, @Nullable EntryKey key) throws IOException;
  }

  /** One process. */
  public final class Node extends DelegatingTier implements CoherentTier, ChangeFeed {
    private final long origin;
    private final long[] floor = new long[last.length];
    private final List<Integer> unknown = new CopyOnWriteArrayList<>();
    private int history;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final List<Changes> untold = new ArrayList<>();
    private volatile Hook hook = (step, key) -> {};
    private volatile boolean cut;
    private volatile boolean silent;
    private volatile boolean deaf;
    private volatile boolean holding;

    private Node(long origin) {
      super(store);
      this.origin = origin;
    }

    /** Calls the hook at each step. */
    public void at(Hook stop) {
      hook = stop;
    }

    /** Whether this process reaches nobody. */
    public void cut(boolean isCut) {
      cut = isCut;
      if (!isCut) {
        listeners.forEach(Listener::interrupted);
      }
    }

    /** Whether no call of this process gets an answer, while messages come. */
    public void down(boolean isDown) {
      silent = isDown;
    }

    /** The server of a partition does not say its number any more. */
    public void unknown(int partition) {
      unknown.add(partition);
    }

    /** Whether messages to this process are lost. */
    public void deaf(boolean isDeaf) {
      deaf = isDeaf;
    }

    /** Whether somebody listens to this process's messages. */
    public boolean isHeard() {
      return !listeners.isEmpty();
    }

    /** Whether messages wait until {@link #tell}. */
    public void hold(boolean isHolding) {
      holding = isHolding;
    }

    /** Delivers what was held. */
    public void tell() {
      tell(due -> due);
    }

    /** Delivers what was held as a bad network would: rearranged, in part, or twice. */
    public void tell(UnaryOperator<List<Changes>> network) {
      List<Changes> due;
      synchronized (SharedMemory.this) {
        due = new ArrayList<>(untold);
        untold.clear();
      }
      for (Changes step : network.apply(due)) {
        listeners.forEach(listener -> listener.changed(step));
      }
    }

    private void deliver(Changes step) {
      if (cut || deaf) {
        return;
      }
      if (holding) {
        untold.add(step);
      } else {
        listeners.forEach(listener -> listener.changed(step));
      }
    }

    /** The notices, for a tier over this node that tells of no changes. */
    public NoticeBoard notices() {
      return notices.seenOver(step -> reach(step, null));
    }

    private void reach(String step, @Nullable EntryKey key) throws IOException {
      hook.at(step, key);
      if (cut || silent || down) {
        throw new IOException("out of reach");
      }
    }

    @Override
    public String name() {
      return "shared";
    }

    @Override
    public TierCapabilities capabilities() {
      return new TierCapabilities(TierCapabilities.Scope.SHARED, true, true, false);
    }

    @Override
    public int partitions() {
      return last.length;
    }

    @Override
    public int partitionOf(EntryKey key) {
      return SharedMemory.this.partitionOf(key);
    }

    @Override
    public Lookup lookup(EntryKey key) {
      try {
        reach("lookup", key);
        Lookup found;
        synchronized (SharedMemory.this) {
          found = store.lookup(key);
          saw(partitionOf(key));
        }
        hook.at("looked", key);
        return found;
      } catch (IOException e) {
        return new Lookup.Skipped(SkipReason.FAILED, "out of reach");
      }
    }

    @Override
    public Lookup lookupHeader(EntryKey key) {
      return lookup(key);
    }

    @Override
    public LeaseAnswer lookupOrLease(EntryKey key, Duration life) {
      try {
        reach("lease", key);
        LeaseAnswer answer = answer(key, life);
        hook.at("leased", key);
        return answer;
      } catch (IOException e) {
        return new LeaseAnswer.Skipped(SkipReason.FAILED, "out of reach");
      }
    }

    private LeaseAnswer answer(EntryKey key, Duration life) {
      synchronized (SharedMemory.this) {
        saw(partitionOf(key));
        if (store.lookup(key) instanceof Lookup.Hit hit) {
          return new LeaseAnswer.Found(hit);
        }
        long now = clock.millis();
        Marker runs = running(key);
        if (runs != null) {
          return new LeaseAnswer.Announced(runs.endsAtMillis() - now);
        }
        Lease lease = leases.get(key);
        if (lease != null && lease.endsAtMillis() > now) {
          return new LeaseAnswer.Taken(lease.endsAtMillis() - now);
        }
        long number = next(partitionOf(key), floor);
        leases.put(key, new Lease(number, now + life.toMillis()));
        return new LeaseAnswer.Granted(number);
      }
    }

    /** Remembers the highest version that was given, whatever the server forgets. */
    private void saw(int partition) {
      floor[partition] = Math.max(floor[partition], last[partition]);
    }

    @Override
    public void releaseLease(EntryKey key, long lease) {
      if (cut || silent || down) {
        return;
      }
      synchronized (SharedMemory.this) {
        Lease held = leases.get(key);
        if (held != null && held.number() == lease) {
          leases.remove(key);
        }
      }
    }

    @Override
    public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
      reach("write", header.key());
      return new Write(store.openWrite(header, condition), header, condition);
    }

    /** A write whose commit is a step. */
    private final class Write extends DelegatingWrite {
      private final EntryKey key;
      private Condition condition;

      Write(WriteHandle out, EntryHeader header, Condition condition) {
        super(out);
        this.key = header.key();
        this.condition = condition;
      }

      @Override
      public void amend(EntryHeader amended, Condition newCondition) throws IOException {
        super.amend(amended, newCondition);
        condition = newCondition;
      }

      @Override
      public CommitResult commit() throws IOException {
        return commitWith(EntryHeader.UNASSIGNED);
      }

      @Override
      public CommitResult commitAs(long version) throws IOException {
        return commitWith(version);
      }

      private CommitResult commitWith(long given) throws IOException {
        reach("commit", key);
        CommitResult result;
        synchronized (SharedMemory.this) {
          Step step = new Step(partitionOf(key));
          result = commitIn(step, given);
          step.log();
        }
        hook.at("committed", key);
        return result;
      }

      /** Under the monitor of the server. */
      private CommitResult commitIn(Step step, long given) throws IOException {
        long current = version(key);
        boolean announced = condition.kind() == Condition.Kind.ANNOUNCED;
        boolean fill = announced || condition.kind() == Condition.Kind.LEASED;
        if ((fill && !holds(key, condition)) || (!announced && running(key) != null)) {
          return new CommitResult.Refused(current);
        }
        long version = given == EntryHeader.UNASSIGNED ? step.nextStamp() : given;
        CommitResult result = super.commitAs(version);
        if (result instanceof Committed) {
          leases.remove(key);
          markers.remove(key);
          step.above(version);
          if (!fill) {
            Kind kind = current == EntryHeader.UNASSIGNED ? Kind.CREATED : Kind.UPDATED;
            step.add(new Change.OfKey(kind, key, version));
          }
        }
        return result;
      }
    }

    /** What one call changes in one partition, told in one message. Under the server's monitor. */
    private final class Step {
      private final int partition;
      private final List<Change> changes = new ArrayList<>();

      Step(int partition) {
        this.partition = partition;
      }

      long nextStamp() {
        return next(partition, floor);
      }

      /** No later stamp is this version or below. */
      void above(long version) {
        last[partition] = Math.max(last[partition], version);
        saw(partition);
      }

      void add(Change change) {
        changes.add(change);
      }

      void log() {
        if (!changes.isEmpty()) {
          long sequence = last[partition] > tail[partition] ? last[partition] : nextStamp();
          SharedMemory.this.log(partition, sequence, origin, changes);
        }
      }
    }

    private boolean holds(EntryKey key, Condition condition) {
      if (condition.kind() == Condition.Kind.ANNOUNCED) {
        Marker runs = running(key);
        return runs != null && runs.announced() == 1 && runs.first() == condition.version();
      }
      Lease lease = leases.get(key);
      return lease != null
          && lease.number() == condition.version()
          && lease.endsAtMillis() > clock.millis();
    }

    @Override
    public Announcement announce(EntryKey key, Duration life) throws IOException {
      reach("announce", key);
      Announcement announcement;
      synchronized (SharedMemory.this) {
        announcement = life.isZero() ? dropBeside(key) : announceIn(key, life.toMillis());
      }
      hook.at("announced", key);
      return announcement;
    }

    /** Under the monitor of the server. */
    private Announcement announceIn(EntryKey key, long lifeMillis) throws IOException {
      Step step = new Step(partitionOf(key));
      long number = step.nextStamp();
      Marker runs = running(key);
      Marker before = runs == null ? new Marker(number, 0, 0, 0) : runs;
      long end = Math.max(before.endsAtMillis(), clock.millis() + lifeMillis);
      markers.put(key, before.with(before.announced() + 1, before.running() + 1, end));
      return new Announcement(number, drop(key, step, number, runs != null));
    }

    /** Under the monitor of the server: nothing is stored under what is announced of the key. */
    private Announcement dropBeside(EntryKey key) throws IOException {
      Marker runs = running(key);
      if (runs != null) {
        markers.put(key, runs.with(runs.announced() + 1, runs.running(), runs.endsAtMillis()));
      }
      Step step = new Step(partitionOf(key));
      return new Announcement(0, drop(key, step, step.nextStamp(), runs != null));
    }

    /** Under the monitor of the server; whether there was an entry. */
    private boolean drop(EntryKey key, Step step, long stamp, boolean contended)
        throws IOException {
      leases.remove(key);
      boolean dropped = store.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
      step.add(new Change.OfKey(contended ? Kind.CONTENDED : Kind.ANNOUNCED, key, stamp));
      step.log();
      return dropped;
    }

    @Override
    public void settle(EntryKey key, long announcement) throws IOException {
      reach("settle", key);
      synchronized (SharedMemory.this) {
        Marker runs = running(key);
        if (announcement != 0 && (runs == null || !runs.has(announcement))) {
          var unused = dropBeside(key);
        } else if (runs != null && announcement != 0) {
          int left = runs.running() - 1;
          Marker after = runs.with(runs.announced(), left, runs.endsAtMillis());
          markers.compute(key, (k, before) -> left == 0 ? null : after);
        }
      }
      hook.at("settled", key);
    }

    @Override
    public void forget() throws IOException {
      reach("forget", null);
      synchronized (SharedMemory.this) {
        dropAll();
      }
    }

    /** Under the monitor of the server: nothing is stored under what was announced before. */
    private void dropAll() throws IOException {
      store.clear();
      leases.clear();
      markers.replaceAll(
          (key, runs) -> runs.with(runs.announced() + 1, runs.running(), runs.endsAtMillis()));
    }

    @Override
    public void clearAfterLoss() throws IOException {
      reach("loss", null);
      synchronized (SharedMemory.this) {
        if (cleared != losses) {
          cleared = losses;
          dropAll();
        }
      }
    }

    @Override
    public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
      reach("purge", key);
      boolean purged;
      synchronized (SharedMemory.this) {
        Step step = new Step(partitionOf(key));
        purged = purgeIn(step, key, reason, condition);
        step.log();
      }
      hook.at("purged", key);
      return purged;
    }

    /** Under the monitor of the server. */
    private boolean purgeIn(Step step, EntryKey key, PurgeReason reason, Condition condition)
        throws IOException {
      boolean holds = condition.holds(version(key));
      if (holds) {
        leases.remove(key);
      }
      boolean purged = store.purge(key, reason, condition);
      boolean unconditional =
          condition.kind() == Condition.Kind.ALWAYS || condition.kind() == Condition.Kind.ABSENT;
      if (purged || (holds && unconditional)) {
        Kind kind = reason == PurgeReason.EXPIRY ? Kind.EXPIRED : Kind.REMOVED;
        step.add(new Change.OfKey(purged ? kind : Kind.FILLED, key, step.nextStamp()));
      }
      return purged;
    }

    @Override
    public boolean updateHeader(EntryKey key, long version, HeaderUpdate update)
        throws IOException {
      reach("update", key);
      synchronized (SharedMemory.this) {
        EntryHeader before = header(key);
        boolean updated = store.updateHeader(key, version, update);
        EntryHeader after = header(key);
        if (updated && before != null && after != null && isNews(before, after)) {
          int p = partitionOf(key);
          Change change = new Change.OfKey(Kind.HEADER, key, version);
          log(p, next(p, floor), origin, List.of(change));
        }
        return updated;
      }
    }

    private static boolean isNews(EntryHeader before, EntryHeader after) {
      return after.expiresAtMillis() < before.expiresAtMillis()
          || after.freshness() != before.freshness()
          || !after.metadata().equals(before.metadata());
    }

    @Override
    public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
      reach("tag", null);
      synchronized (SharedMemory.this) {
        long through = throughVersion;
        for (int p = 0; p < last.length && throughVersion == EntryHeader.UNASSIGNED; p++) {
          through = Math.max(through, next(p, floor));
        }
        store.purgeTag(tag, mode, through);
        for (int p = 0; p < last.length; p++) {
          last[p] = Math.max(last[p], through);
          log(p, next(p, floor), origin, List.of(new Change.OfTag(tag, mode, through)));
        }
        return through;
      }
    }

    @Override
    public void clear() throws IOException {
      reach("clear", null);
      synchronized (SharedMemory.this) {
        clearTold();
      }
      hook.at("cleared", null);
    }

    /** Under the monitor of the server. */
    private void clearTold() throws IOException {
      dropAll();
      for (int p = 0; p < last.length; p++) {
        long version = next(p, floor);
        log(p, version, origin, List.of(new Change.Clear(version)));
      }
    }

    @Override
    public HeaderCursor scan() throws IOException {
      reach("scan", null);
      return store.scan();
    }

    @Override
    public List<Lookup> lookupAll(List<EntryKey> keys) {
      return keys.stream().map(this::lookup).toList();
    }

    @Override
    public List<WriteResult> writeAll(List<WholeWrite> writes) {
      List<EntryKey> keys = writes.stream().map(write -> write.header().key()).toList();
      Bulk bulk = new Bulk(keys, (i, step) -> write(writes.get(i), step));
      return bulk.run(List.of("write", "commit"), "committed");
    }

    /** Under the monitor of the server. */
    private CommitResult write(WholeWrite whole, Step step) throws IOException {
      EntryHeader header = whole.header();
      Condition condition = whole.condition();
      try (Write out = new Write(store.openWrite(header, condition), header, condition)) {
        out.write(whole.body().duplicate());
        return out.commitIn(step, EntryHeader.UNASSIGNED);
      }
    }

    @Override
    public List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason) {
      Bulk bulk = new Bulk(keys, (i, step) -> purgeWhatIs(keys.get(i), reason, step));
      return bulk.run(List.of("purge"), "purged");
    }

    /** Under the monitor of the server. */
    private CommitResult purgeWhatIs(EntryKey key, PurgeReason reason, Step step)
        throws IOException {
      long version = version(key);
      return purgeIn(step, key, reason, Condition.ALWAYS)
          ? new Committed(version, 0)
          : new CommitResult.Refused(EntryHeader.UNASSIGNED);
    }

    /** Many operations, of which those of a partition are one step. */
    private final class Bulk {
      private final List<EntryKey> keys;
      private final Operation operation;
      private final WriteResult[] results;

      Bulk(List<EntryKey> keys, Operation operation) {
        this.keys = keys;
        this.operation = operation;
        this.results = new WriteResult[keys.size()];
      }

      /** With these stops before and after each operation. */
      List<WriteResult> run(List<String> before, String after) {
        Map<Integer, List<Integer>> byPartition = new LinkedHashMap<>();
        for (int i = 0; i < results.length; i++) {
          int partition = partitionOf(keys.get(i));
          byPartition.computeIfAbsent(partition, p -> new ArrayList<>()).add(i);
        }
        byPartition.forEach((partition, indexes) -> run(partition, indexes, before, after));
        return List.of(results);
      }

      private void run(int partition, List<Integer> indexes, List<String> before, String after) {
        List<Integer> reaching = indexes.stream().filter(i -> reaches(i, before)).toList();
        synchronized (SharedMemory.this) {
          Step step = new Step(partition);
          reaching.forEach(i -> results[i] = result(i, step));
          step.log();
        }
        for (int i : reaching) {
          try {
            hook.at(after, keys.get(i));
          } catch (IOException e) {
            results[i] = new WriteResult.Failed(e);
          }
        }
      }

      private boolean reaches(int i, List<String> steps) {
        try {
          for (String step : steps) {
            reach(step, keys.get(i));
          }
          return true;
        } catch (IOException e) {
          results[i] = new WriteResult.Failed(e);
          return false;
        }
      }

      private WriteResult result(int i, Step step) {
        try {
          return new WriteResult.Done(operation.in(i, step));
        } catch (IOException e) {
          return new WriteResult.Failed(e);
        }
      }
    }

    @Override
    public ChangeFeed changes() {
      return this;
    }

    @Override
    public long origin() {
      return origin;
    }

    @Override
    public Closeable subscribe(Listener listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }

    @Override
    public long[] sequences() throws IOException {
      reach("sequences", null);
      synchronized (SharedMemory.this) {
        history = losses;
        for (int p = 0; p < last.length; p++) {
          saw(p);
        }
        long[] sequences = tail.clone();
        unknown.forEach(p -> sequences[p] = UNKNOWN);
        return sequences;
      }
    }

    @Override
    public long history(int partition) {
      return history;
    }

    @Override
    public @Nullable List<Changes> since(int partition, long sequence) throws IOException {
      reach("since", null);
      synchronized (SharedMemory.this) {
        List<Changes> after = new ArrayList<>();
        for (Changes step : logs.get(partition)) {
          if (step.sequence() > sequence) {
            after.add(step);
          }
        }
        boolean reachesBack =
            after.isEmpty() ? tail[partition] == sequence : after.get(0).previous() == sequence;
        return reachesBack ? after : null;
      }
    }

    @Override
    public void close() {
      listeners.clear();
    }

    @Override
    public void destroy() throws IOException {
      clear();
      close();
    }
  }

  /** What is announced of a key and not over. */
  private @Nullable Marker running(EntryKey key) {
    Marker runs = markers.get(key);
    return runs == null || runs.endsAtMillis() <= clock.millis() ? null : runs;
  }

  private @Nullable EntryHeader header(EntryKey key) {
    if (store.lookup(key) instanceof Lookup.Hit hit) {
      hit.body().close();
      return hit.header();
    }
    return null;
  }

  private long version(EntryKey key) {
    EntryHeader header = header(key);
    return header == null ? EntryHeader.UNASSIGNED : header.version();
  }

  private long next(int p, long[] floor) {
    long version = Math.max(Math.max(last[p] + 1, clock.millis() * 1000), floor[p] + 1);
    last[p] = version;
    floor[p] = version;
    return version;
  }

  private void log(int p, long sequence, long origin, List<Change> changes) {
    Changes step = new Changes(p, tail[p], sequence, origin, changes);
    tail[p] = sequence;
    logs.get(p).add(step);
    trim(logs.get(p));
    nodes.forEach(node -> node.deliver(step));
  }

  /** The bytes of a body, for {@link BulkTier.WholeWrite}. */
  public static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
