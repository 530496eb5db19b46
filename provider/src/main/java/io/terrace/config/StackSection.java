package io.terrace.config;

import io.terrace.CoherenceSettings;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of a stack of tiers, checked.
 *
 * @param tiers top first
 * @param promotion when entries are copied up
 * @param stream how bytes are moved if values are streams; null for the defaults
 * @param coherence how local copies follow other processes; the defaults without a shared tier
 */
record StackSection(
    List<TierSettings> tiers,
    PromotionPolicy promotion,
    @Nullable StreamSettings stream,
    CoherenceSettings coherence) {

  void addTo(TerraceConfiguration.Builder<?, ?> builder, ValueKind kind) {
    for (TierSettings settings : tiers) {
      builder.tier(settings);
    }
    for (Map.Entry<PromotionPolicy.Pair, Promotion> rule : promotion.rules().entrySet()) {
      builder.promotion(rule.getKey().from(), rule.getKey().to(), rule.getValue());
    }
    builder.coherence(coherence);
    if (stream != null && kind == ValueKind.STREAM) {
      builder.stream(stream);
    }
  }
}
