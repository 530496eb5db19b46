package io.terrace.examples.quickstart;

import io.terrace.EntryTooLargeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Brings the cache up to date with a tree: new and changed files are read and stored, entries of
 * files that are gone are removed, and a file the cache already has is not read. Not thread safe.
 */
final class Refresh {
  private final FileCache files;
  private final FileTree tree;
  private final TimedReads reads;
  private final long entriesBefore;
  private final Map<String, Long> sizes = new LinkedHashMap<>();
  private final List<SkippedFile> skipped = new ArrayList<>();
  private int upToDate;
  private int added;
  private int changed;
  private int removed;

  private Refresh(FileCache files, FileTree tree) {
    this.files = files;
    this.tree = tree;
    this.reads = new TimedReads(files);
    this.entriesBefore = files.entries();
    skipped.addAll(tree.skipped());
  }

  /**
   * Does it.
   *
   * @param progress is told of each file
   * @throws javax.cache.CacheException if the cache cannot be read or written
   */
  static Refresh run(FileCache files, FileTree tree, Progress progress) {
    Refresh refresh = new Refresh(files, tree);
    for (Path file : tree.files()) {
      refresh.refresh(file);
      progress.step();
    }
    refresh.removeWhatIsGone();
    return refresh;
  }

  private void refresh(Path file) {
    String key = tree.key(file);
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        refresh(file, key, attributes);
      } else if (!attributes.isDirectory()) {
        skip(file, key, "is neither a file nor a directory");
      }
    } catch (IOException e) {
      skipped.add(SkippedFile.unreadable(file, e));
      files.cache().remove(key);
    } catch (EntryTooLargeException e) {
      skip(file, key, overTheLimit(e.limitBytes()));
    }
  }

  private void refresh(Path file, String key, BasicFileAttributes attributes) throws IOException {
    if (attributes.size() > files.maxEntryBytes()) {
      skip(file, key, overTheLimit(files.maxEntryBytes()));
      return;
    }
    StoredFile stored = reads.read(key);
    if (stored != null && stored.isUpToDate(attributes)) {
      upToDate++;
    } else {
      files.cache().put(key, load(file, attributes));
      count(stored);
    }
    sizes.put(key, attributes.size());
  }

  private void count(@Nullable StoredFile previous) {
    if (previous == null) {
      added++;
    } else {
      changed++;
    }
  }

  private static StoredFile load(Path file, BasicFileAttributes attributes) throws IOException {
    String contentType = Files.probeContentType(file);
    return new StoredFile(
        Files.readAllBytes(file),
        attributes.lastModifiedTime().toInstant(),
        contentType == null ? "application/octet-stream" : contentType);
  }

  /** A file that is not in the cache must not be there as it once was. */
  private void skip(Path file, String key, String reason) {
    skipped.add(new SkippedFile(file, reason));
    files.cache().remove(key);
  }

  private static String overTheLimit(long limitBytes) {
    return "is over the limit of " + Quantity.bytes(limitBytes) + " for one entry";
  }

  /** Walks the cache, unless every entry it had belongs to a file that was found. */
  private void removeWhatIsGone() {
    if (upToDate + changed == entriesBefore) {
      return;
    }
    Iterator<Cache.Entry<String, StoredFile>> entries = files.cache().iterator();
    while (entries.hasNext()) {
      String key = entries.next().getKey();
      if (!sizes.containsKey(key)) {
        entries.remove();
        removed++;
      }
    }
  }

  /** Entries that were there before. */
  long entriesBefore() {
    return entriesBefore;
  }

  /** The sizes in bytes of the files that are in the cache now, by key. */
  Map<String, Long> sizes() {
    return sizes;
  }

  long totalBytes() {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  int upToDate() {
    return upToDate;
  }

  int added() {
    return added;
  }

  int changed() {
    return changed;
  }

  int removed() {
    return removed;
  }

  List<SkippedFile> skipped() {
    return skipped;
  }

  /** Whether nothing had to be read from the tree, as the disk answered for every file. */
  boolean everythingFromDisk() {
    return reads.allFromLowestTier() && upToDate == sizes.size();
  }
}
