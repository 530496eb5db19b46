package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one cache below the configured directory, locked while this is open. Makes it, or
 * makes sure that it is one of ours before anything in it is touched.
 */
final class CacheFolder implements AutoCloseable {
  private static final String NEW_MARKER = Marker.NAME + ".new";
  private static final int READABLE_CHARS = 40;
  private static final int DIGEST_BYTES = 8;

  private final Path path;
  private final DiskFiles files;
  private final FolderLock lock;
  private final long cacheId;

  private CacheFolder(Path path, DiskFiles files, FolderLock lock, long cacheId) {
    this.path = path;
    this.files = files;
    this.lock = lock;
    this.cacheId = cacheId;
  }

  Path path() {
    return path;
  }

  long cacheId() {
    return cacheId;
  }

  /** The folder of a cache: its name as far as a file may have it, and a digest of all of it. */
  static Path pathOf(Path root, String managerUri, String cacheName) {
    StringBuilder readable = new StringBuilder();
    for (int i = 0; i < cacheName.length() && i < READABLE_CHARS; i++) {
      char c = cacheName.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      readable.append(plain ? c : '_');
    }
    return root.resolve(readable + "-" + digest(managerUri, cacheName));
  }

  private static String digest(String managerUri, String cacheName) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (String text : List.of(managerUri, cacheName)) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).flip());
        sha.update(utf8);
      }
      return HexFormat.of().formatHex(sha.digest(), 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /**
   * Opens or makes the folder.
   *
   * @throws IOException if it is in use, not ours, of a newer format, or cannot be written
   */
  static CacheFolder open(Path root, String managerUri, String cacheName, DiskFiles files)
      throws IOException {
    Path path = pathOf(root.toAbsolutePath(), managerUri, cacheName);
    try {
      Files.createDirectories(path);
      requireOursOrEmpty(path, files);
      FolderLock lock = FolderLock.acquire(path);
      boolean opened = false;
      try {
        CacheFolder folder = new CacheFolder(path, files, lock, cacheId(path, files));
        opened = true;
        return folder;
      } finally {
        if (!opened) {
          lock.close();
        }
      }
    } catch (FileSystemException e) {
      throw new IOException(
          "the disk tier cannot write to "
              + path
              + " ("
              + e
              + "): make "
              + root
              + " a directory that this process may write to, or set another disk.directory",
          e);
    }
  }

  static IOException newerFormat(Path path, int format) {
    return new IOException(
        "the disk tier's folder "
            + path
            + " was written by a newer version of Terrace (disk format "
            + format
            + ", this one reads "
            + RegionHeader.FORMAT
            + "): use that version, set another disk.directory, or delete the folder");
  }

  /** Before anything is written: without a marker, there may only be files of ours. */
  private static void requireOursOrEmpty(Path path, DiskFiles files) throws IOException {
    Marker marker = readMarker(path);
    if (marker != null && marker.format() > RegionHeader.FORMAT) {
      throw newerFormat(path, marker.format());
    }
    if (marker != null) {
      return;
    }
    for (Path file : files.list(path)) {
      if (!isOurs(file)) {
        throw new IOException(
            "the disk tier's folder "
                + path
                + " holds files that are not Terrace's, such as "
                + file.getFileName()
                + ": set another disk.directory, or move them away");
      }
    }
  }

  private static boolean isOurs(Path file) {
    String name = String.valueOf(file.getFileName());
    return List.of(FolderLock.NAME, Marker.NAME, NEW_MARKER).contains(name)
        || name.startsWith(Snapshot.NAME)
        || Recovery.sequenceOf(file) > 0;
  }

  private static @Nullable Marker readMarker(Path path) throws IOException {
    Path marker = path.resolve(Marker.NAME);
    if (!Files.isRegularFile(marker) || Files.size(marker) > Marker.MAX_BYTES) {
      return null;
    }
    return Marker.decode(Files.readAllBytes(marker));
  }

  private static long cacheId(Path path, DiskFiles files) throws IOException {
    Marker marker = readMarker(path);
    if (marker == null) {
      marker = new Marker(RegionHeader.FORMAT, idOfRegions(path, files));
      writeMarker(path, files, marker);
    }
    return marker.cacheId();
  }

  /** The id that the regions have where the marker was lost, or a new one. */
  private static long idOfRegions(Path path, DiskFiles files) throws IOException {
    for (Path file : files.list(path)) {
      long sequence = Recovery.sequenceOf(file);
      if (sequence > 0) {
        Region region = new Region(sequence, file, files.open(file), 0);
        RegionHeader header = RegionHeader.of(region);
        region.closeQuietly();
        if (header != null && header.format() > RegionHeader.FORMAT) {
          throw newerFormat(path, header.format());
        }
        if (header != null) {
          return header.cacheId();
        }
      }
    }
    return new SecureRandom().nextLong();
  }

  private static void writeMarker(Path path, DiskFiles files, Marker marker) throws IOException {
    Path written = path.resolve(NEW_MARKER);
    try (DiskFile file = files.create(written)) {
      ByteBuffer bytes = ByteBuffer.wrap(marker.encode());
      while (bytes.hasRemaining()) {
        file.write(bytes, bytes.position());
      }
      file.force();
    }
    files.rename(written, path.resolve(Marker.NAME));
    files.forceDirectory(path);
  }

  /** Deletes everything of ours, and the folder if that was all; gives the lock back. */
  void destroy() throws IOException {
    try {
      List<Path> ours = new ArrayList<>();
      for (Path file : files.list(path)) {
        if (isOurs(file) && !file.endsWith(FolderLock.NAME) && !file.endsWith(Marker.NAME)) {
          ours.add(file);
        }
      }
      ours.add(path.resolve(Marker.NAME));
      ours.add(path.resolve(FolderLock.NAME));
      for (Path file : ours) {
        files.delete(file);
      }
      if (files.list(path).isEmpty()) {
        files.delete(path);
      }
    } finally {
      close();
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
