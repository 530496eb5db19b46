package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The machine's file system, and a memory of what the device would hold if the power went: what was
 * forced, an arbitrary part of the writes that were not (each of them whole, torn, or missing), and
 * the first few of the changes of names that were not. Thread safe.
 */
final class PowerCutFiles implements DiskFiles {
  private record Write(long position, byte[] bytes) {}

  /** A file on the device; a truncation is a write of null. */
  private static final class Node {
    byte[] durable = new byte[0];
    final List<Write> pending = new ArrayList<>();
  }

  private interface NameChange {
    void apply(Map<Path, Node> names);
  }

  private final DiskFiles files = new ChannelFiles();
  private final Map<Path, Node> current = new HashMap<>();
  private final Map<Path, Node> durableNames = new HashMap<>();
  private final List<NameChange> pendingNames = new ArrayList<>();

  private void change(NameChange change) {
    change.apply(current);
    pendingNames.add(change);
  }

  @Override
  public synchronized DiskFile create(Path path) throws IOException {
    DiskFile file = files.create(path);
    Node node = new Node();
    change(names -> names.put(path, node));
    return new RememberedFile(file, path, node);
  }

  @Override
  public synchronized DiskFile open(Path path) throws IOException {
    DiskFile file = files.open(path);
    return new RememberedFile(file, path, current.computeIfAbsent(path, p -> new Node()));
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    files.rename(from, to);
    change(names -> names.put(to, names.remove(from)));
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    files.delete(path);
    change(names -> names.remove(path));
  }

  @Override
  public synchronized void forceDirectory(Path directory) {
    pendingNames.forEach(change -> change.apply(durableNames));
    pendingNames.clear();
  }

  /** Writes what may be left after a power cut at this moment to another directory. */
  synchronized void cut(Random random, Path target) throws IOException {
    Map<Path, Node> names = new HashMap<>(durableNames);
    int kept = random.nextInt(pendingNames.size() + 1);
    pendingNames.subList(0, kept).forEach(change -> change.apply(names));
    Files.createDirectories(target);
    for (Map.Entry<Path, Node> entry : names.entrySet()) {
      if (entry.getValue() != null) {
        Path file = target.resolve(entry.getKey().getFileName());
        Files.write(file, contentAfterCut(entry.getValue(), random));
      }
    }
  }

  private static byte[] contentAfterCut(Node node, Random random) {
    byte[] content = node.durable;
    int kept = random.nextInt(101);
    for (Write write : node.pending) {
      boolean torn = random.nextInt(10) == 0;
      if (random.nextInt(100) < kept) {
        content = apply(content, write, torn && write.bytes != null ? random : null);
      }
    }
    return content;
  }

  private static byte[] apply(byte[] content, Write write, Random torn) {
    int position = (int) write.position;
    if (write.bytes == null) {
      return Arrays.copyOf(content, position);
    }
    int length = torn == null ? write.bytes.length : torn.nextInt(write.bytes.length + 1);
    byte[] next = Arrays.copyOf(content, Math.max(content.length, position + write.bytes.length));
    System.arraycopy(write.bytes, 0, next, position, length);
    return next;
  }

  private final class RememberedFile implements DiskFile {
    private final DiskFile file;
    private final Path path;
    private final Node node;

    RememberedFile(DiskFile file, Path path, Node node) {
      this.file = file;
      this.path = path;
      this.node = node;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      synchronized (PowerCutFiles.this) {
        byte[] bytes = new byte[source.remaining()];
        source.get(source.position(), bytes);
        int written = file.write(source, position);
        node.pending.add(new Write(position, Arrays.copyOf(bytes, written)));
        return written;
      }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      synchronized (PowerCutFiles.this) {
        file.truncate(sizeBytes);
        node.pending.add(new Write(sizeBytes, null));
      }
    }

    @Override
    public void force() {
      synchronized (PowerCutFiles.this) {
        for (Write write : node.pending) {
          node.durable = apply(node.durable, write, null);
        }
        node.pending.clear();
      }
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void delete() throws IOException {
      synchronized (PowerCutFiles.this) {
        file.delete();
        change(names -> names.remove(path));
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
