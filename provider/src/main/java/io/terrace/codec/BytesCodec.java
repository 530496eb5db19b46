package io.terrace.codec;

import io.terrace.Codec;
import java.nio.ByteBuffer;

/** Byte arrays as they are. */
final class BytesCodec implements Codec<byte[]> {

  @Override
  public int id() {
    return 1;
  }

  @Override
  public byte[] encode(byte[] value) {
    return value;
  }

  @Override
  public byte[] decode(ByteBuffer bytes) {
    return new PartReader(bytes).remaining();
  }
}
