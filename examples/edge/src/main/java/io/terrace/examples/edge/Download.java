package io.terrace.examples.edge;

import io.terrace.EntryTooLargeException;
import io.terrace.StreamWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import javax.cache.CacheException;

/**
 * Moves one body from the origin into the cache, whoever reads it meanwhile and whether anybody
 * does. It commits after the last byte only; whatever fails aborts the write, so that those who
 * follow it fail, too, and nothing is stored.
 */
final class Download implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(Download.class.getName());
  private static final int BUFFER_BYTES = 64 << 10;

  private final String key;
  private final OriginResponse response;
  private final StreamWriter writer;
  private final Oversize oversize;

  Download(String key, OriginResponse response, StreamWriter writer, Oversize oversize) {
    this.key = key;
    this.response = response;
    this.writer = writer;
    this.oversize = oversize;
  }

  @Override
  public void run() {
    try (response;
        writer) {
      copy(response.body());
      StreamWriter.Outcome unused = writer.commit(); // if it was purged, nothing is to be kept
    } catch (EntryTooLargeException e) {
      oversize.add(key);
      LOGGER.log(System.Logger.Level.INFO, "a response is not cached: " + e.getMessage());
    } catch (IOException | CacheException | IllegalStateException e) {
      LOGGER.log(System.Logger.Level.INFO, "a response is not cached: " + e.getMessage());
    }
  }

  private void copy(InputStream body) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int read = body.read(buffer);
    while (read >= 0) {
      int unused = writer.write(ByteBuffer.wrap(buffer, 0, read));
      read = body.read(buffer);
    }
  }
}
