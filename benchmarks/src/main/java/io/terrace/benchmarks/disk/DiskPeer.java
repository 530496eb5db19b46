package io.terrace.benchmarks.disk;

/** A store that the disk suite measures. */
public enum DiskPeer {
  /** {@code [heap, disk]}, the heap of one entry. */
  TERRACE("Terrace"),
  /** {@code [disk]} alone. */
  TERRACE_DISK_ONLY("Terrace [disk]"),
  /** Heap of one entry over its persistent disk tier. */
  EHCACHE("Ehcache disk tier"),
  /**
   * Positioned reads and appends with CRC32C, no index, no keys: what the operating system costs.
   */
  BARE_FILE("bare file + CRC32C");

  private final String label;

  DiskPeer(String label) {
    this.label = label;
  }

  /** The name in reports. */
  public String label() {
    return label;
  }
}
