package io.terrace.config;

import com.typesafe.config.Config;
import io.terrace.InvalidSettingException;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the section {@code promote}: a section {@code from-x} for each tier, and in it a key {@code
 * to-y} for each tier above. What is inherited, and what is said for all caches, is left out where
 * a stack does not have the tiers; what a cache says itself has to fit its own.
 */
final class PromotionParser {
  /** The heap is always on top: there is nothing to copy its entries up to. */
  private static final Set<String> LOWER = lower();

  static final Set<String> FROM_KEYS = prefixed("from-", LOWER);
  static final Set<String> TO_KEYS = prefixed("to-", TierOrder.TIERS);

  private static final Pattern AFTER = Pattern.compile("after\\(\\s*([0-9]{1,9})\\s*\\)");

  private final Section promote;
  private final @Nullable List<TierSettings> tiers;

  private PromotionParser(Section promote, @Nullable List<TierSettings> tiers) {
    this.promote = promote;
    this.tiers = tiers;
  }

  /**
   * Reads the section inside another.
   *
   * @param tiers the stack, or null if it is wrong, which leaves only the words to check
   */
  static PromotionPolicy parse(Section section, @Nullable List<TierSettings> tiers) {
    return new PromotionParser(section.section("promote"), tiers).parse();
  }

  private PromotionPolicy parse() {
    promote.allow(FROM_KEYS);
    PromotionPolicy policy = PromotionPolicy.ALWAYS;
    for (String from : LOWER) {
      Section rules = promote.section("from-" + from);
      rules.allow(TO_KEYS);
      for (String to : TierOrder.TIERS) {
        String key = "to-" + to;
        Promotion when =
            rules.read(key, "never, on-complete or after(n) with n from 1", PromotionParser::when);
        if (when != null && fits(rules, from, to)) {
          policy = policy.with(from, to, when);
        }
      }
    }
    return policy;
  }

  private boolean fits(Section rules, String from, String to) {
    if (tiers == null) {
      return false;
    }
    TerraceConfiguration.Builder<?, ?> builder =
        TerraceConfiguration.builder(Object.class, Object.class);
    for (TierSettings settings : tiers) {
      builder.tier(settings);
    }
    try {
      builder.promotion(from, to, Promotion.NEVER).build();
      return true;
    } catch (InvalidSettingException e) {
      if (rules.isOwn("to-" + to) && (promote.inherits() || isAmong(tiers, from, to))) {
        rules.problem(e);
      }
      return false;
    }
  }

  private static boolean isAmong(List<TierSettings> tiers, String... names) {
    List<String> wanted = new ArrayList<>(List.of(names));
    for (TierSettings settings : tiers) {
      wanted.removeIf(settings.tier()::equals);
    }
    return wanted.isEmpty();
  }

  private static Promotion when(Config config) {
    String word = config.getString("v").trim();
    if (word.equals("never")) {
      return Promotion.NEVER;
    }
    if (word.equals("on-complete")) {
      return Promotion.ON_COMPLETE;
    }
    Matcher after = AFTER.matcher(word);
    if (!after.matches()) {
      throw new IllegalArgumentException(word);
    }
    return Promotion.after(Integer.parseInt(after.group(1)));
  }

  private static Set<String> lower() {
    Set<String> tiers = new LinkedHashSet<>(TierOrder.TIERS);
    tiers.remove("heap");
    return tiers;
  }

  private static Set<String> prefixed(String prefix, Set<String> tiers) {
    Set<String> keys = new LinkedHashSet<>();
    for (String tier : tiers) {
      keys.add(prefix + tier);
    }
    return keys;
  }
}
