package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.OBJECT;
import static io.terrace.tier.aws.Attributes.OWNER;
import static io.terrace.tier.aws.Attributes.UNTIL;
import static io.terrace.tier.aws.Attributes.number;

import io.terrace.tier.aws.BodyNames.KeyHash;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * What the table tells those who look for bodies that nothing refers to: which body an item has,
 * and whose turn it is to look. Thread safe; blocks for DynamoDB.
 */
final class BodyOwners implements Sweeper.References, Sweeper.Lease {
  private final Table table;
  private final ItemKeys keys;
  private final InstantSource clock;
  private final long self = AwsStore.newStamp();

  BodyOwners(Table table, ItemKeys keys, InstantSource clock) {
    this.table = table;
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public boolean isReferenced(String name, KeyHash key) throws IOException {
    return name.equals(Attributes.text(table.get(keys.entry(key), List.of(OBJECT)), OBJECT));
  }

  /** By the clocks of the processes: if they differ, two may look at a time, which does no harm. */
  @Override
  public boolean tryLease(Duration life) throws IOException {
    long now = clock.millis();
    ItemUpdate mine =
        new ItemUpdate().set(OWNER, number(self)).set(UNTIL, number(now + life.toMillis()));
    ItemCondition free =
        new ItemCondition(
            "attribute_not_exists(#w) OR #w < :now OR #o = :me",
            Map.of(":now", number(now), ":me", number(self)));
    return table.update(keys.sweep(), mine, free).done();
  }
}
