package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads condition, filter and key condition expressions. */
final class ConditionParser {
  private static final Set<String> COMPARATORS = Set.of("=", "<>", "<", "<=", ">", ">=");

  private final Tokens tokens;

  private ConditionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  static Condition parse(String expression, Placeholders placeholders) {
    Tokens tokens = new Tokens(expression, placeholders);
    Condition condition = new ConditionParser(tokens).disjunction();
    tokens.expectEnd();
    return condition;
  }

  private Condition disjunction() {
    Condition left = conjunction();
    while (tokens.take("OR")) {
      left = new Condition.Or(left, conjunction());
    }
    return left;
  }

  private Condition conjunction() {
    Condition left = negation();
    while (tokens.take("AND")) {
      left = new Condition.And(left, negation());
    }
    return left;
  }

  private Condition negation() {
    return tokens.take("NOT") ? new Condition.Not(negation()) : primary();
  }

  private Condition primary() {
    if (tokens.take("(")) {
      Condition inner = disjunction();
      tokens.expect(")");
      return inner;
    }
    boolean call = tokens.peek(1).equals("(");
    return call && !isSize() ? function() : comparison(operand());
  }

  private Condition comparison(Operand left) {
    if (tokens.take("BETWEEN")) {
      Operand low = operand();
      tokens.expect("AND");
      Operand high = operand();
      return new Condition.And(
          new Condition.Comparison(left, ">=", low), new Condition.Comparison(left, "<=", high));
    }
    if (tokens.take("IN")) {
      return new Condition.In(left, list());
    }
    String operator = tokens.next();
    if (!COMPARATORS.contains(operator)) {
      throw tokens.unexpected(operator);
    }
    return new Condition.Comparison(left, operator, operand());
  }

  private List<Operand> list() {
    List<Operand> operands = new ArrayList<>();
    tokens.expect("(");
    do {
      operands.add(operand());
    } while (tokens.take(","));
    tokens.expect(")");
    return operands;
  }

  private Condition function() {
    String name = tokens.next();
    tokens.expect("(");
    Condition condition =
        switch (name.toLowerCase(Locale.ROOT)) {
          case "attribute_exists" -> new Condition.Exists(tokens.path());
          case "attribute_not_exists" -> new Condition.Not(new Condition.Exists(tokens.path()));
          case "attribute_type" -> new Condition.Typed(tokens.path(), second());
          case "begins_with" -> new Condition.BeginsWith(operand(), second());
          case "contains" -> new Condition.Contains(operand(), second());
          default -> throw ServiceException.validation("Invalid function name; function: " + name);
        };
    tokens.expect(")");
    return condition;
  }

  private Operand second() {
    tokens.expect(",");
    return operand();
  }

  private Operand operand() {
    if (isSize()) {
      tokens.next();
      tokens.expect("(");
      Path path = tokens.path();
      tokens.expect(")");
      return new Operand.Size(path);
    }
    return tokens.operand();
  }

  private boolean isSize() {
    return tokens.peek().equalsIgnoreCase("size") && tokens.peek(1).equals("(");
  }
}
