package io.terrace.servers.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tables, in memory and in a journal: each line is a JSON list of {@link Change}s that happened
 * together, and has reached the operating system before the client hears of it, so that a kill
 * loses nothing. A last line without its end is what a kill cut off, and is dropped.
 *
 * <p>Not thread safe.
 */
final class Database {
  /** A new table is not there at once, so that who does not wait for it fails here, too. */
  private static final long CREATION_NANOS = 50_000_000;

  private final NavigableMap<String, Table> tables = new TreeMap<>();
  private final Map<String, Change.Token> tokens = new HashMap<>();
  private final FileChannel journal;
  private long creationNanos;

  private Database(FileChannel journal) {
    this.journal = journal;
  }

  static Database open(Path file) throws IOException {
    byte[] old = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    int length = old.length;
    while (length > 0 && old[length - 1] != '\n') {
      length--;
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(length);
    channel.position(length);
    Database database = new Database(channel);
    new String(old, 0, length, UTF_8).lines().forEach(database::replay);
    database.creationNanos = CREATION_NANOS;
    return database;
  }

  NavigableMap<String, Table> tables() {
    return tables;
  }

  /**
   * @throws ServiceException if there is none
   */
  Table table(String name) {
    Table table = tables.get(name);
    if (table == null) {
      throw new ServiceException(
          "ResourceNotFoundException", "Requested resource not found: Table: " + name);
    }
    return table;
  }

  /** The table, if its items can be read and written already. */
  Table activeTable(String name) {
    Table table = table(name);
    if (!table.isActive()) {
      throw new ServiceException("ResourceNotFoundException", "Requested resource not found");
    }
    return table;
  }

  Change.@Nullable Token token(String token) {
    return tokens.get(token);
  }

  /** Makes the changes, all or none. */
  void commit(List<Change> changes) {
    if (changes.isEmpty()) {
      return;
    }
    String line = Json.print(changes.stream().map(Change::toJson).toList()) + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(UTF_8));
    try {
      while (bytes.hasRemaining()) {
        journal.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the journal", e);
    }
    changes.forEach(change -> change.apply(this));
  }

  void add(Request definition) {
    Table table = new Table(definition, System.nanoTime() + creationNanos);
    tables.put(table.name(), table);
  }

  void drop(String table) {
    tables.remove(table);
  }

  void remember(Change.Token token) {
    tokens.put(token.token(), token);
  }

  private void replay(String line) {
    if (Json.parse(line) instanceof List<?> changes) {
      changes.forEach(change -> Change.of(new Request(change)).apply(this));
    }
  }
}
