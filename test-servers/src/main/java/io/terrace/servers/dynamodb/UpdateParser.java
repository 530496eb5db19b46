package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads update expressions. */
final class UpdateParser {
  private final Tokens tokens;
  private final List<Update.Action> actions = new ArrayList<>();

  private UpdateParser(Tokens tokens) {
    this.tokens = tokens;
  }

  static Update parse(String expression, Placeholders placeholders) {
    Tokens tokens = new Tokens(expression, placeholders);
    UpdateParser parser = new UpdateParser(tokens);
    Set<String> clauses = new HashSet<>();
    do {
      String clause = tokens.next().toUpperCase(Locale.ROOT);
      if (!clauses.add(clause)) {
        throw ServiceException.validation(
            "The \"" + clause + "\" section can only be used once in an update expression;");
      }
      parser.clause(clause);
    } while (!tokens.atEnd());
    parser.requireNoOverlap();
    return new Update(List.copyOf(parser.actions));
  }

  private void clause(String clause) {
    do {
      actions.add(
          switch (clause) {
            case "SET" -> assignment();
            case "REMOVE" -> new Update.Remove(tokens.path());
            case "ADD" -> new Update.Add(tokens.path(), operand(clause));
            case "DELETE" -> new Update.Delete(tokens.path(), operand(clause));
            default -> throw tokens.unexpected(clause);
          });
    } while (tokens.take(","));
  }

  /** A set, or a number for ADD. */
  private Attribute operand(String clause) {
    Attribute value = tokens.value().value();
    boolean number = clause.equals("ADD") && value instanceof Scalar.Numeral;
    if (!number && !(value instanceof ScalarSet)) {
      throw ServiceException.validation(
          "Incorrect operand type for operator or function; operator: "
              + clause
              + ", operand type: "
              + value.type());
    }
    return value;
  }

  private Update.Action assignment() {
    Path path = tokens.path();
    tokens.expect("=");
    Operand left = operand();
    if (tokens.take("+")) {
      return new Update.Assign(path, new Operand.Sum(left, 1, operand()));
    }
    if (tokens.take("-")) {
      return new Update.Assign(path, new Operand.Sum(left, -1, operand()));
    }
    return new Update.Assign(path, left);
  }

  private Operand operand() {
    if (tokens.take("(")) {
      Operand inner = operand();
      tokens.expect(")");
      return inner;
    }
    return tokens.peek(1).equals("(") ? function() : tokens.operand();
  }

  private Operand function() {
    String name = tokens.next().toLowerCase(Locale.ROOT);
    tokens.expect("(");
    Operand function =
        switch (name) {
          case "if_not_exists" -> new Operand.IfNotExists(tokens.path(), second());
          case "list_append" -> new Operand.ListAppend(operand(), second());
          default -> throw ServiceException.validation("Invalid function name; function: " + name);
        };
    tokens.expect(")");
    return function;
  }

  private Operand second() {
    tokens.expect(",");
    return operand();
  }

  private void requireNoOverlap() {
    for (int i = 0; i < actions.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (actions.get(i).path().overlaps(actions.get(j).path())) {
          throw ServiceException.validation(
              "Invalid UpdateExpression: Two document paths overlap with each other;");
        }
      }
    }
  }
}
