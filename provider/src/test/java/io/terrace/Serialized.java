package io.terrace;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes objects with Java serialization and reads them again. */
final class Serialized {
  private Serialized() {}

  static Object copy(Object object) throws IOException, ClassNotFoundException {
    return read(write(object));
  }

  /** The copy after a string in the bytes was replaced by another of its length. */
  static Object copyOfChanged(Object object, String old, String changed)
      throws IOException, ClassNotFoundException {
    String bytes = new String(write(object), StandardCharsets.ISO_8859_1);
    return read(bytes.replace(old, changed).getBytes(StandardCharsets.ISO_8859_1));
  }

  static byte[] write(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }
}
