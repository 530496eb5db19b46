package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An expression in pieces, read from left to right. */
final class Tokens {
  private static final String END = "<end>";
  private static final Pattern TOKEN =
      Pattern.compile("\\s*([#:]?[A-Za-z0-9_]+|<>|<=|>=|[=<>+\\-().,\\[\\]])\\s*");

  private final String expression;
  private final Placeholders placeholders;
  private final List<String> tokens = new ArrayList<>();
  private final Set<String> attributes = new HashSet<>();
  private int at;

  Tokens(String expression, Placeholders placeholders) {
    this.expression = expression;
    this.placeholders = placeholders;
    Matcher matcher = TOKEN.matcher(expression);
    int position = 0;
    while (position < expression.length()) {
      if (!matcher.find(position) || matcher.start() != position) {
        throw unexpected(expression.substring(position));
      }
      tokens.add(matcher.group(1));
      position = matcher.end();
    }
    if (tokens.isEmpty()) {
      throw ServiceException.validation("The expression can not be empty;");
    }
  }

  String peek() {
    return peek(0);
  }

  String peek(int ahead) {
    return at + ahead < tokens.size() ? tokens.get(at + ahead) : END;
  }

  String next() {
    String token = peek();
    at++;
    return token;
  }

  /** Whether the next is this word or sign, which is taken then. */
  boolean take(String wanted) {
    if (peek().equalsIgnoreCase(wanted)) {
      at++;
      return true;
    }
    return false;
  }

  void expect(String wanted) {
    if (!take(wanted)) {
      throw unexpected(peek());
    }
  }

  boolean atEnd() {
    return at >= tokens.size();
  }

  void expectEnd() {
    if (!atEnd()) {
      throw unexpected(peek());
    }
  }

  boolean isValue() {
    return peek().startsWith(":");
  }

  Operand.Literal value() {
    if (!isValue()) {
      throw unexpected(peek());
    }
    return new Operand.Literal(placeholders.value(next()));
  }

  Path path() {
    List<Object> steps = new ArrayList<>();
    String top = name();
    attributes.add(top);
    steps.add(top);
    while (true) {
      if (take(".")) {
        steps.add(name());
      } else if (take("[")) {
        steps.add(index());
        expect("]");
      } else {
        return new Path(List.copyOf(steps));
      }
    }
  }

  /** The attributes of the item itself that were read so far, as a whole or in part. */
  Set<String> attributes() {
    return attributes;
  }

  Operand operand() {
    return isValue() ? value() : path();
  }

  private String name() {
    String token = next();
    if (!Character.isLetter(token.charAt(0)) && !token.startsWith("#")) {
      throw unexpected(token);
    }
    if (!token.startsWith("#")) {
      throw ServiceException.validation(
          "This server takes names as #name only, as DynamoDB reserves hundreds of words: "
              + token
              + " in "
              + expression);
    }
    return placeholders.name(token);
  }

  private Integer index() {
    try {
      return Integer.valueOf(next());
    } catch (NumberFormatException e) {
      throw unexpected(peek());
    }
  }

  ServiceException unexpected(String token) {
    return ServiceException.validation(
        "Invalid expression: Syntax error; token: \"" + token + "\", in: " + expression);
  }
}
