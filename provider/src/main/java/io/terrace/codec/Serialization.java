package io.terrace.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Java serialization, through an allow-list in both directions or, for bytes that never leave the
 * process, without one. Classes are loaded from the cache's class loader.
 */
final class Serialization {
  private Serialization() {}

  /** Serializes; every class that a reader would have to load is checked on the way. */
  static byte[] write(Object value, @Nullable AllowList allowList) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    return write(value, bytes, new Output(bytes, allowList));
  }

  /** As {@link #write}, with equal bytes for equal parts whether or not they are one object. */
  static byte[] writeKey(Object key, AllowList allowList) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    return write(key, bytes, new KeyOutput(bytes, allowList));
  }

  private static byte[] write(Object value, ByteArrayOutputStream bytes, Output out)
      throws IOException {
    try (out) {
      out.writeObject(value);
    } catch (StackOverflowError e) {
      throw tooDeep(value);
    }
    out.throwIfRefused();
    return bytes.toByteArray();
  }

  private static IOException tooDeep(Object value) {
    return new NotSerializableException(
        value.getClass().getName() + " (nested too deeply for Java serialization)");
  }

  /**
   * Deserializes all of the bytes.
   *
   * @param allowList what may be loaded; null for bytes this process just wrote
   * @throws IOException whatever is wrong with the bytes
   */
  static Object read(byte[] bytes, ClassLoader loader, @Nullable AllowList allowList)
      throws IOException {
    ByteArrayInputStream stream = new ByteArrayInputStream(bytes);
    try (Input in = new Input(stream, loader, allowList)) {
      if (allowList != null) {
        in.setObjectInputFilter(new Limits(bytes.length));
      }
      Object value = in.readObject();
      if (stream.available() > 0) {
        throw new StreamCorruptedException(
            stream.available() + " bytes after the end of an object");
      }
      if (value == null) {
        throw new StreamCorruptedException("a serialized null");
      }
      return value;
    } catch (InvalidClassException e) {
      throw e;
    } catch (IOException
        | ClassNotFoundException
        | RuntimeException
        | LinkageError
        | StackOverflowError e) {
      throw (IOException)
          new InvalidObjectException("cannot deserialize " + bytes.length + " bytes: " + e)
              .initCause(e);
    }
  }

  /**
   * Checks each class as its descriptor is written, which happens once a class and stream. It does
   * not throw there: a stream writes the exception that ends it, whose class it would check next.
   */
  private static class Output extends ObjectOutputStream {
    private final @Nullable AllowList allowList;
    private @Nullable InvalidClassException refusal;

    Output(OutputStream out, @Nullable AllowList allowList) throws IOException {
      super(out);
      this.allowList = allowList;
    }

    @Override
    protected void annotateClass(Class<?> type) {
      if (allowList != null && refusal == null && !type.isPrimitive()) {
        try {
          allowList.check(type.getName());
        } catch (InvalidClassException e) {
          refusal = e;
        }
      }
    }

    @Override
    protected void annotateProxyClass(Class<?> type) {
      if (allowList != null && refusal == null) {
        refusal = new InvalidClassException(type.getName(), "proxies are never deserialized");
      }
    }

    void throwIfRefused() throws IOException {
      if (refusal != null) {
        throw refusal;
      }
    }
  }

  /**
   * Java serialization writes an object it met before as a reference to it, so that two equal keys
   * would differ by whether a part is there once or as two equal objects. Here equal strings, boxed
   * values, dates and the like are one object.
   */
  private static final class KeyOutput extends Output {
    private final Map<Object, Object> parts = new HashMap<>();

    KeyOutput(OutputStream out, AllowList allowList) throws IOException {
      super(out, allowList);
      enableReplaceObject(true);
    }

    @Override
    protected Object replaceObject(Object part) {
      Class<?> type = part.getClass();
      if (!JdkClasses.contains(type) || !Immutability.isImmutable(type)) {
        return part;
      }
      Object first = parts.putIfAbsent(part, part);
      return first == null ? part : first;
    }
  }

  private static final class Input extends ObjectInputStream {
    private final ClassLoader loader;
    private final @Nullable AllowList allowList;

    Input(InputStream in, ClassLoader loader, @Nullable AllowList allowList) throws IOException {
      super(in);
      this.loader = loader;
      this.allowList = allowList;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass descriptor)
        throws IOException, ClassNotFoundException {
      String name = descriptor.getName();
      if (isPrimitive(name)) {
        return super.resolveClass(descriptor);
      }
      if (allowList != null) {
        allowList.check(name);
      }
      return Class.forName(name, false, loader);
    }

    private static boolean isPrimitive(String name) {
      return name.indexOf('.') < 0
          && switch (name) {
            case "boolean", "byte", "char", "short", "int", "long", "float", "double", "void" ->
                true;
            default -> false;
          };
    }

    @Override
    protected Class<?> resolveProxyClass(String[] interfaces)
        throws IOException, ClassNotFoundException {
      if (allowList != null) {
        throw new InvalidClassException(
            "a proxy of " + String.join(", ", interfaces), "proxies are never deserialized");
      }
      Class<?>[] types = new Class<?>[interfaces.length];
      for (int i = 0; i < types.length; i++) {
        types[i] = Class.forName(interfaces[i], false, loader);
      }
      return Proxy.newProxyInstance(loader, types, (p, m, a) -> null).getClass();
    }
  }

  /**
   * Bounds what a stream may make by its size. A genuine element takes a byte or more, and a hash
   * table is at most twice as long as its entries' bytes, so declared array lengths may add up to
   * twice the stream and a little.
   */
  private static final class Limits implements ObjectInputFilter {
    private static final int SLACK = 1024;

    private final long sizeBytes;
    private long arrayElements;

    Limits(int sizeBytes) {
      this.sizeBytes = sizeBytes;
    }

    @Override
    public Status checkInput(FilterInfo info) {
      if (info.arrayLength() > 0) {
        arrayElements += info.arrayLength();
      }
      boolean excessive =
          arrayElements > 2 * sizeBytes + SLACK
              || info.depth() > sizeBytes
              || info.references() > sizeBytes
              || info.streamBytes() > sizeBytes;
      return excessive ? Status.REJECTED : Status.UNDECIDED;
    }
  }
}
