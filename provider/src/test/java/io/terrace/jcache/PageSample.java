package io.terrace.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.terrace.Metadata;
import io.terrace.StreamValue;
import io.terrace.TieredCache;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import javax.cache.Cache;

/** What the samples of {@code docs/streams.md} use; each is the body of a subclass's method. */
public abstract class PageSample {
  public Cache<String, StreamValue> cache;
  public TieredCache<String, StreamValue> tiered;
  public Path file;
  public InputStream request;
  public long length;

  public final ByteArrayOutputStream responseBytes = new ByteArrayOutputStream();
  public final WritableByteChannel response = Channels.newChannel(responseBytes);
  public final ByteArrayOutputStream rangeResponse = new ByteArrayOutputStream();
  public final ByteBuffer firstBytes = ByteBuffer.allocate(10);
  public final StringBuilder headers = new StringBuilder();
  public final StringBuilder log = new StringBuilder();

  protected PageSample() {}

  public abstract void run() throws Exception;

  protected void header(String name, Object value) {
    headers.append(name).append(": ").append(value).append('\n');
  }

  protected boolean isUnchanged(Metadata metadata) {
    return metadata.tags().isEmpty();
  }

  protected long deadline() {
    return Long.MAX_VALUE;
  }

  protected void log(String line) {
    log.append(line).append('\n');
  }

  protected void writeTo(OutputStream out) throws IOException {
    out.write("exported".getBytes(US_ASCII));
  }
}
