package io.terrace.servers.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** TransactGetItems and TransactWriteItems. */
final class TransactionOperations {
  private static final int MAX_ACTIONS = 100;
  private static final long TOKEN_MILLIS = 600_000;
  private static final Set<String> GET =
      Set.of("TableName", "Key", "ProjectionExpression", "ExpressionAttributeNames");

  private final Database database;
  private final WritePlanner planner;

  TransactionOperations(Database database, WritePlanner planner) {
    this.database = database;
    this.planner = planner;
  }

  Map<String, Object> get(Request request) {
    List<Request> actions = actions(request.only(Set.of("TransactItems")));
    List<Object> responses = new ArrayList<>();
    for (Request action : actions) {
      Request get = action.only(Set.of("Get")).object("Get").only(GET);
      Item item = ItemOperations.found(database, get);
      responses.add(item == null ? Map.of() : Map.of("Item", item.content()));
    }
    return Map.of("Responses", responses);
  }

  Map<String, Object> write(Request request) {
    List<Request> actions = actions(request.only(Set.of("TransactItems", "ClientRequestToken")));
    String token = request.text("ClientRequestToken", "");
    String digest = digest(request);
    if (!token.isEmpty() && isRepetition(token, digest)) {
      return Map.of();
    }
    List<Change> changes = changes(actions);
    if (!token.isEmpty()) {
      changes.add(new Change.Token(token, digest, System.currentTimeMillis()));
    }
    database.commit(changes);
    return Map.of();
  }

  private static List<Request> actions(Request request) {
    List<Request> actions = request.objects("TransactItems");
    if (actions.isEmpty() || actions.size() > MAX_ACTIONS) {
      throw ServiceException.validation(
          "Member must have length from 1 to " + MAX_ACTIONS + ": TransactItems");
    }
    return actions;
  }

  private List<Change> changes(List<Request> actions) {
    List<Change> changes = new ArrayList<>();
    List<Map<String, Object>> reasons = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (Request action : actions) {
      try {
        Write write = planned(action);
        requireNew(keys.add(write.table().name() + " " + write.key()));
        Change change = write.change();
        if (change != null) {
          changes.add(change);
        }
        reasons.add(Map.of("Code", "None"));
      } catch (ServiceException e) {
        reasons.add(reason(e));
      }
    }
    requireNone(reasons);
    return changes;
  }

  private Write planned(Request action) {
    String kind = action.names().iterator().next();
    Request parameters = action.only(Set.of(kind)).object(kind);
    return switch (kind) {
      case "Put" -> planner.put(parameters);
      case "Update" -> planner.update(parameters);
      case "Delete" -> planner.delete(parameters);
      case "ConditionCheck" -> planner.check(parameters);
      default -> throw ServiceException.validation("No action of a transaction: " + kind);
    };
  }

  /** Only a condition that does not hold is a reason; the rest is a mistake in the call. */
  private static Map<String, Object> reason(ServiceException e) {
    if (!e.type().equals("ConditionalCheckFailedException")) {
      throw e;
    }
    Map<String, Object> reason = new LinkedHashMap<>(e.details());
    reason.put("Code", "ConditionalCheckFailed");
    reason.put("Message", String.valueOf(e.getMessage()));
    return reason;
  }

  private static void requireNone(List<Map<String, Object>> reasons) {
    List<@Nullable Object> codes = new ArrayList<>();
    reasons.forEach(reason -> codes.add(reason.get("Code")));
    if (codes.stream().anyMatch(code -> !"None".equals(code))) {
      throw new ServiceException(
              "TransactionCanceledException",
              "Transaction cancelled, please refer cancellation reasons for specific reasons "
                  + codes)
          .with("CancellationReasons", reasons);
    }
  }

  private static void requireNew(boolean isNew) {
    if (!isNew) {
      throw ServiceException.validation(
          "Transaction request cannot include multiple operations on one item");
    }
  }

  private boolean isRepetition(String token, String digest) {
    Change.Token known = database.token(token);
    if (known == null || System.currentTimeMillis() - known.atMillis() > TOKEN_MILLIS) {
      return false;
    }
    if (!known.digest().equals(digest)) {
      throw new ServiceException(
          "IdempotentParameterMismatchException",
          "The request with this token has other parameters than the first one");
    }
    return true;
  }

  private static String digest(Request request) {
    try {
      byte[] json = Json.print(request.toJson()).getBytes(UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JVM has SHA-256", e);
    }
  }
}
