package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What the disk tier asks of a file system, small enough that tests can put a failing one in its
 * place. Thread safe.
 */
interface DiskFiles {

  /** Opens a new empty file; what was there under that name is gone. */
  DiskFile create(Path path) throws IOException;

  /** Opens an existing file for reading and writing. */
  DiskFile open(Path path) throws IOException;

  /** The files in a directory, in no order. */
  List<Path> list(Path directory) throws IOException;

  /** Gives a file another name in its directory, atomically, replacing what had that name. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file; nothing happens if it does not exist. */
  void delete(Path path) throws IOException;

  /** Returns once the names in the directory are on the device, where the system can do that. */
  void forceDirectory(Path directory) throws IOException;
}
