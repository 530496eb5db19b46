package io.terrace.servers.dynamodb;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What happens to the tables; a line of the journal holds those that happen together. */
interface Change {
  void apply(Database database);

  Map<String, Object> toJson();

  /** As the journal has it. */
  static Change of(Request json) {
    String kind = json.names().iterator().next();
    return switch (kind) {
      case "create" -> new Create(json.object(kind));
      case "drop" -> new Drop(json.text(kind));
      case "put" -> new Put(json.text(kind), json.item("item"));
      case "remove" -> new Remove(json.text(kind), json.item("key"));
      case "timeToLive" ->
          new TimeToLive(json.text(kind), json.has("attribute") ? json.text("attribute") : null);
      case "token" ->
          new Token(json.text(kind), json.text("digest"), Long.parseLong(json.text("atMillis")));
      default -> throw new IllegalStateException("The journal has a " + kind);
    };
  }

  private static Map<String, Object> json(String kind, Object about, String name, Object value) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(kind, about);
    json.put(name, value);
    return json;
  }

  /** A new table, of which the parameters of CreateTable are given. */
  record Create(Request definition) implements Change {
    @Override
    public void apply(Database database) {
      database.add(definition);
    }

    @Override
    public Map<String, Object> toJson() {
      return Map.of("create", definition.toJson());
    }
  }

  /** The end of a table. */
  record Drop(String table) implements Change {
    @Override
    public void apply(Database database) {
      database.drop(table);
    }

    @Override
    public Map<String, Object> toJson() {
      return Map.of("drop", table);
    }
  }

  /** An item, new or in place of an old one. */
  record Put(String table, Item item) implements Change {
    @Override
    public void apply(Database database) {
      Table target = database.table(table);
      target.items().put(target.schema().of(item), item);
    }

    @Override
    public Map<String, Object> toJson() {
      return json("put", table, "item", item.content());
    }
  }

  /** The end of an item. */
  record Remove(String table, Item key) implements Change {
    @Override
    public void apply(Database database) {
      Table target = database.table(table);
      target.items().remove(target.schema().of(key));
    }

    @Override
    public Map<String, Object> toJson() {
      return json("remove", table, "key", key.content());
    }
  }

  /** Which attribute has the time of expiry; null for none. */
  record TimeToLive(String table, @Nullable String attribute) implements Change {
    @Override
    public void apply(Database database) {
      database.table(table).timeToLive(attribute);
    }

    @Override
    public Map<String, Object> toJson() {
      return attribute == null
          ? Map.of("timeToLive", table)
          : json("timeToLive", table, "attribute", attribute);
    }
  }

  /** The client's token of a transaction, by which its repetition is known. */
  record Token(String token, String digest, long atMillis) implements Change {
    @Override
    public void apply(Database database) {
      database.remember(this);
    }

    @Override
    public Map<String, Object> toJson() {
      Map<String, Object> json = json("token", token, "digest", digest);
      json.put("atMillis", Long.toString(atMillis));
      return json;
    }
  }
}
