package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads condition, filter and key condition expressions. */
final class ConditionParser {
  private static final Set<String> COMPARATORS = Set.of("=", "<>", "<", "<=", ">", ">=");

  private static final Set<String> TYPES =
      Set.of("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M");

  private final Tokens tokens;
  private @Nullable Condition lastInParentheses;

  private ConditionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  static Condition parse(String expression, Placeholders placeholders) {
    return new ConditionParser(new Tokens(expression, placeholders)).all();
  }

  /** The filter of a query, which sees no key. */
  static Condition parseFilter(String expression, Placeholders placeholders, KeySchema schema) {
    Tokens tokens = new Tokens(expression, placeholders);
    Condition filter = new ConditionParser(tokens).all();
    for (String attribute : tokens.attributes()) {
      if (schema.has(attribute)) {
        throw ServiceException.validation(
            "Filter Expression can only contain non-primary key attributes: " + attribute);
      }
    }
    return filter;
  }

  private Condition all() {
    Condition condition = disjunction();
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
      if (inner == lastInParentheses) {
        throw ServiceException.validation("The expression has redundant parentheses;");
      }
      lastInParentheses = inner;
      return inner;
    }
    boolean call = tokens.peek(1).equals("(");
    return call && !isSize() ? function() : comparison(operand());
  }

  private Condition comparison(Operand left) {
    if (tokens.take("BETWEEN")) {
      Operand low = otherThan(left);
      tokens.expect("AND");
      return between(left, low, otherThan(left));
    }
    if (tokens.take("IN")) {
      return new Condition.In(left, list(left));
    }
    String operator = tokens.next();
    if (!COMPARATORS.contains(operator)) {
      throw tokens.unexpected(operator);
    }
    return new Condition.Comparison(left, operator, otherThan(left));
  }

  private static Condition between(Operand operand, Operand low, Operand high) {
    if (low instanceof Operand.Literal least
        && high instanceof Operand.Literal most
        && !new Condition.Comparison(least, "<=", most).holds(Item.EMPTY)) {
      throw ServiceException.validation(
          "The BETWEEN operator requires upper bound to be greater than or equal to lower bound");
    }
    return new Condition.Between(operand, low, high);
  }

  private List<Operand> list(Operand left) {
    List<Operand> operands = new ArrayList<>();
    tokens.expect("(");
    do {
      operands.add(otherThan(left));
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
          case "attribute_type" -> new Condition.Typed(tokens.path(), type());
          case "begins_with" -> beginsWith(operand());
          case "contains" -> contains(operand());
          default -> throw ServiceException.validation("Invalid function name; function: " + name);
        };
    tokens.expect(")");
    return condition;
  }

  private Attribute type() {
    tokens.expect(",");
    Attribute type = tokens.value().value();
    if (!TYPES.contains(type.content())) {
      throw ServiceException.validation("Invalid attribute type name found; type: " + type);
    }
    return type;
  }

  private Condition beginsWith(Operand whole) {
    tokens.expect(",");
    Operand prefix = otherThan(whole);
    if (prefix instanceof Operand.Literal literal
        && !(literal.value() instanceof Scalar.Text)
        && !(literal.value() instanceof Scalar.Binary)) {
      throw ServiceException.validation(
          "Incorrect operand type for operator or function; operator or function: begins_with");
    }
    return new Condition.BeginsWith(whole, prefix);
  }

  private Condition contains(Operand whole) {
    tokens.expect(",");
    return new Condition.Contains(whole, otherThan(whole));
  }

  private Operand otherThan(Operand first) {
    Operand operand = operand();
    if (operand.equals(first) && operand instanceof Path) {
      throw ServiceException.validation(
          "The first operand must be distinct from the remaining operands for this operator or"
              + " function");
    }
    return operand;
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
