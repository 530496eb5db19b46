package io.terrace.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Keys as one {@link Part} each, hashed with XXH3. */
final class CanonicalKeyCodec<K> implements KeyCodec<K> {

  /** On disk beside every entry: another function is another format. */
  private static final Hasher128 HASHER = Hashing.xxh3_128();

  private final Class<K> keyType;
  private final AllowList allowList;
  private final ClassLoader loader;
  private final ConcurrentMap<Class<?>, Shape> shapes = new ConcurrentHashMap<>();

  CanonicalKeyCodec(Class<K> keyType, AllowList allowList, ClassLoader loader) {
    this.keyType = keyType;
    this.allowList = allowList;
    this.loader = loader;
  }

  @Override
  public EntryKey encode(K key) {
    byte[] bytes = key instanceof String text ? PartWriter.string(text) : encodePart(key);
    HashValue128 hash = HASHER.hashBytesTo128Bits(bytes);
    return new EntryKey(bytes, hash.getMostSignificantBits(), hash.getLeastSignificantBits());
  }

  private byte[] encodePart(Object key) {
    try {
      PartWriter out = new PartWriter(64);
      write(key, out);
      return out.toByteArray();
    } catch (NotSerializableException e) {
      throw new CacheException(
          "cannot encode a key of "
              + key.getClass()
              + ": "
              + e.getMessage()
              + " is not serializable; use strings, boxed values, UUIDs, enums, records of these,"
              + " java.io.Serializable, or classes all of whose fields are final",
          e);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw new CacheException("cannot encode a key of " + key.getClass() + ": " + e, e);
    }
  }

  private void write(@Nullable Object part, PartWriter out) throws IOException {
    if (part == null) {
      out.tag(Part.NULL);
    } else if (PartWriter.isAtom(part)) {
      out.writeAtom(part);
    } else if (part instanceof Enum<?> constant) {
      String type = constant.getDeclaringClass().getName();
      allowList.check(type);
      out.tag(Part.ENUM).sized(type.getBytes(UTF_8)).sized(constant.name().getBytes(UTF_8));
    } else if (part instanceof Record) {
      writeShaped(Part.RECORD, part, out);
    } else if (part.getClass().isArray()) {
      throw new InvalidClassException(
          part.getClass().getTypeName(),
          "an array is equal only to itself: use a List or a record");
    } else if (part instanceof Serializable) {
      out.tag(Part.SERIALIZED).sized(Serialization.writeKey(part, allowList));
    } else {
      writeShaped(Part.PLAIN, part, out);
    }
  }

  private void writeShaped(byte tag, Object part, PartWriter out) throws IOException {
    Shape shape = shape(part.getClass());
    Object[] components = shape.components(part);
    out.tag(tag).sized(part.getClass().getName().getBytes(UTF_8)).tag((byte) components.length);
    for (Object component : components) {
      write(component, out);
    }
  }

  private Shape shape(Class<?> type) throws IOException {
    Shape shape = shapes.get(type);
    if (shape == null) {
      allowList.check(type.getName());
      shape = type.isRecord() ? RecordShape.of(type) : PlainShape.of(type);
      shapes.putIfAbsent(type, shape);
    }
    return shape;
  }

  @Override
  public K decode(EntryKey key) throws IOException {
    try {
      PartReader in = new PartReader(ByteBuffer.wrap(key.bytes()));
      Object part = read(in);
      in.expectEnd();
      if (!keyType.isInstance(part)) {
        throw new InvalidObjectException("a key that is no " + keyType.getName());
      }
      K decoded = keyType.cast(part);
      if (!encode(decoded).equals(key)) {
        throw new InvalidObjectException("key bytes that are not canonical");
      }
      return decoded;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      throw new IOException("cannot decode key " + key.digest() + ": " + e, e);
    }
  }

  private @Nullable Object read(PartReader in) throws IOException {
    byte tag = in.tag();
    return switch (tag) {
      case Part.NULL -> null;
      case Part.ENUM -> readEnum(in);
      case Part.RECORD, Part.PLAIN -> readShaped(tag, in);
      case Part.SERIALIZED -> Serialization.read(in.sized(), loader, allowList);
      default -> in.atom(tag);
    };
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // valueOf wants a type that nobody knows here
  private Object readEnum(PartReader in) throws IOException {
    Class<?> type = readClass(in);
    if (!type.isEnum()) {
      throw new InvalidClassException(type.getName(), "not an enum");
    }
    return Enum.valueOf((Class) type, PartReader.utf8(in.sized()));
  }

  private Object readShaped(byte tag, PartReader in) throws IOException {
    Class<?> type = readClass(in);
    if (type.isRecord() != (tag == Part.RECORD) || (tag == Part.PLAIN && isBuiltIn(type))) {
      throw new InvalidClassException(type.getName(), "not a key of kind " + tag);
    }
    Shape shape = shape(type);
    Object[] components = new Object[shape.size()];
    if ((byte) components.length != in.tag()) {
      throw new InvalidClassException(type.getName(), "another number of components");
    }
    for (int i = 0; i < components.length; i++) {
      components[i] = read(in);
    }
    return shape.create(components);
  }

  /** Whether keys of the class are written in another way. */
  private static boolean isBuiltIn(Class<?> type) {
    return Serializable.class.isAssignableFrom(type) || type.isEnum() || type.isArray();
  }

  private Class<?> readClass(PartReader in) throws IOException {
    String name = PartReader.utf8(in.sized());
    allowList.check(name);
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException e) {
      throw new InvalidClassException(name, "no such class");
    }
  }
}
