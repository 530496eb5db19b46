package io.terrace.tier.disk;

import org.jspecify.annotations.Nullable;

/** What a record of the log says. */
enum RecordType {
  /** An entry with its whole body. */
  ENTRY(1),
  /** A piece of a body, which means nothing until a manifest names it. */
  CHUNK(2),
  /** An entry whose body lies in other records: the commit of a long body. */
  MANIFEST(3),
  /** The key has no entry from here on. */
  REMOVE(4),
  /** No key has an entry from here on. */
  CLEAR(5),
  /** Entries with a tag, up to a version, are gone or stale. */
  PURGE_TAG(6);

  private static final RecordType[] BY_CODE = {
    null, ENTRY, CHUNK, MANIFEST, REMOVE, CLEAR, PURGE_TAG
  };

  final int code;

  RecordType(int code) {
    this.code = code;
  }

  static @Nullable RecordType of(int code) {
    return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
