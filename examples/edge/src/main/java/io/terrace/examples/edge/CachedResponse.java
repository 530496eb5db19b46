package io.terrace.examples.edge;

import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.StreamValue;
import java.io.Closeable;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** A response in the cache, or on its way there, open to be read. Whoever has it closes it. */
record CachedResponse(StreamValue value, StoredResponse stored) implements Closeable {

  /** Whether it is being written now: the digest is made at the end. */
  boolean isGrowing() {
    EntryInfo info = value.info();
    return info == null || info.digest() == null;
  }

  /** Whether it may be served without asking the origin. */
  boolean isFresh(long nowMillis) {
    EntryInfo info = value.info();
    return isGrowing()
        || (info != null
            && info.freshness() == Freshness.FRESH
            && stored.lifetime().isFresh(nowMillis));
  }

  /** In bytes, or {@link StreamValue#UNKNOWN_LENGTH}; of a write in progress as the origin said. */
  long length() {
    return value.length() >= 0 ? value.length() : stored.length();
  }

  /** What the origin calls this version, or else its digest once that is known. */
  @Nullable String etag() {
    String etag = stored.headers().get(HttpHeader.ETAG);
    EntryInfo info = value.info();
    if (etag != null || info == null || info.digest() == null) {
      return etag;
    }
    return "\"" + info.digest().hex() + "\"";
  }

  /** The tier that serves it. */
  String tier() {
    EntryInfo info = value.info();
    return info == null ? "" : info.tier();
  }

  @Override
  public void close() {
    value.close();
  }
}
