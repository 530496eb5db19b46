package io.terrace.codec;

import io.terrace.Codec;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;

/** Values of any type as one {@link Part}: atoms and byte arrays natively, the rest serialized. */
final class TaggedCodec<V> implements Codec<V> {
  private final Class<V> valueType;
  private final AllowList allowList;
  private final ClassLoader loader;

  TaggedCodec(Class<V> valueType, AllowList allowList, ClassLoader loader) {
    this.valueType = valueType;
    this.allowList = allowList;
    this.loader = loader;
  }

  @Override
  public int id() {
    return 3;
  }

  @Override
  public byte[] encode(V value) throws IOException {
    if (PartWriter.isAtom(value)) {
      return new PartWriter(18).writeAtom(value).toByteArray();
    }
    if (value instanceof byte[] bytes) {
      return new PartWriter(Math.addExact(bytes.length, 1))
          .tag(Part.BYTES)
          .raw(bytes)
          .toByteArray();
    }
    byte[] stream = serialized(value);
    return new PartWriter(Math.addExact(stream.length, 6))
        .tag(Part.SERIALIZED)
        .sized(stream)
        .toByteArray();
  }

  private byte[] serialized(V value) throws IOException {
    try {
      return Serialization.write(value, allowList);
    } catch (NotSerializableException e) {
      throw new IOException(
          "cannot encode a value of "
              + value.getClass()
              + ": "
              + e.getMessage()
              + " is not serializable; make it java.io.Serializable or give the cache a codec",
          e);
    } catch (RuntimeException e) {
      throw new IOException("cannot serialize a value of " + value.getClass() + ": " + e, e);
    }
  }

  @Override
  public V decode(ByteBuffer bytes) throws IOException {
    PartReader in = new PartReader(bytes);
    byte tag = in.tag();
    Object value =
        switch (tag) {
          case Part.BYTES -> in.remaining();
          case Part.SERIALIZED -> Serialization.read(in.sized(), loader, allowList);
          default -> in.atom(tag);
        };
    in.expectEnd();
    if (!valueType.isInstance(value)) {
      throw new InvalidObjectException(
          "a value of " + value.getClass() + " in a cache of " + valueType.getName());
    }
    return valueType.cast(value);
  }
}
