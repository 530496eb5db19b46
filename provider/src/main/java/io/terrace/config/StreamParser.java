package io.terrace.config;

import io.terrace.StreamSettings;
import java.time.Duration;
import java.util.Set;

/** Reads the section {@code stream}: how the bytes of streams are moved. */
final class StreamParser {
  static final Set<String> KEYS =
      ConfigurationParser.keys("chunk-size", "join-writes", "fill-on-range", "lane-timeout");

  private StreamParser() {}

  static StreamSettings parse(Section stream) {
    stream.allow(KEYS);
    StreamSettings settings = StreamSettings.DEFAULTS;
    Long chunkBytes = stream.offer(stream.bytes("chunk-size"), settings::withChunkBytes);
    Duration timeout = stream.offer(stream.duration("lane-timeout"), settings::withLaneTimeout);
    if (chunkBytes != null) {
      settings = settings.withChunkBytes(chunkBytes);
    }
    if (Boolean.TRUE.equals(stream.flag("join-writes"))) {
      settings = settings.joiningWrites();
    }
    if (Boolean.TRUE.equals(stream.flag("fill-on-range"))) {
      settings = settings.fillingOnRange();
    }
    return timeout == null ? settings : settings.withLaneTimeout(timeout);
  }
}
