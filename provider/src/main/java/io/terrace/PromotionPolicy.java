package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * The matrix that says when an entry found in one tier is copied up into another. What it does not
 * name is promoted {@link Promotion#ON_COMPLETE on completion}. Immutable.
 *
 * @param rules the exceptions
 */
public record PromotionPolicy(Map<Pair, Promotion> rules) implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  /** Everything that was read to its end is copied into every tier above. */
  public static final PromotionPolicy ALWAYS = new PromotionPolicy(Map.of());

  /**
   * A cell of the matrix: two tiers by their names in the configuration.
   *
   * @param from the tier that has the entry
   * @param to a tier above it
   */
  public record Pair(String from, String to) implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    public Pair {
      requireNonNull(from, "from");
      requireNonNull(to, "to");
    }
  }

  public PromotionPolicy {
    rules = Map.copyOf(rules);
  }

  /** The same policy with one cell changed. */
  public PromotionPolicy with(String from, String to, Promotion promotion) {
    Map<Pair, Promotion> changed = new HashMap<>(rules);
    changed.put(new Pair(from, to), requireNonNull(promotion, "promotion"));
    return new PromotionPolicy(changed);
  }

  /** When an entry of {@code from} is copied into {@code to}. */
  public Promotion of(String from, String to) {
    return rules.isEmpty() ? Promotion.ON_COMPLETE : find(from, to);
  }

  private Promotion find(String from, String to) {
    Promotion rule = rules.get(new Pair(from, to));
    return rule == null ? Promotion.ON_COMPLETE : rule;
  }
}
