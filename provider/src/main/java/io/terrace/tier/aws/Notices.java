package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.CHANGE;
import static io.terrace.tier.aws.Attributes.PARTITION;
import static io.terrace.tier.aws.Attributes.SORT;
import static io.terrace.tier.aws.Attributes.TTL;
import static io.terrace.tier.aws.Attributes.number;

import io.terrace.tier.NoticeBoard;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The notices of the processes, as items beside the entries. What stands in the place of one counts
 * as one, whatever it says: else somebody would trust what he was warned of. Thread safe; blocks
 * for DynamoDB.
 */
final class Notices implements NoticeBoard {
  private static final System.Logger LOGGER = System.getLogger(Notices.class.getName());

  /** Who is back within it withdraws its notice; nobody does for a process that has ended. */
  private static final Duration LIFE = Duration.ofDays(1);

  private static final List<String> ATTRIBUTES = List.of(PARTITION, SORT, CHANGE);

  private final Table table;
  private final TableMaker maker;
  private final ItemKeys keys;
  private final Runnable damage;
  private final InstantSource clock;

  /**
   * @param damage told when an item was damaged
   */
  Notices(Table table, TableMaker maker, ItemKeys keys, Runnable damage, InstantSource clock) {
    this.table = table;
    this.maker = maker;
    this.keys = keys;
    this.damage = damage;
    this.clock = clock;
  }

  @Override
  public void post(long process) throws IOException {
    Map<String, AttributeValue> item = new HashMap<>(keys.notice(process));
    item.put(CHANGE, number(AwsStore.newStamp()));
    item.put(TTL, ttl());
    maker.orMake(() -> table.put(item, ItemCondition.NONE));
  }

  private AttributeValue ttl() {
    return number(clock.instant().plus(LIFE).getEpochSecond());
  }

  @Override
  public void withdraw(long process) throws IOException {
    maker.orMake(() -> table.delete(keys.notice(process), ItemCondition.NONE));
  }

  @Override
  public boolean withdraw(long process, long number) throws IOException {
    ItemCondition still = ItemCondition.has(CHANGE, number(number));
    Table.Outcome outcome = maker.orMake(() -> table.delete(keys.notice(process), still));
    if (!outcome.done() && outcome.repeated()) {
      throw new CallFailedException(
          "an answer of DynamoDB got lost, and the notice has not this number any more:"
              + " it may have been withdrawn before",
          CallFailedException.Kind.UNSURE,
          null);
    }
    return outcome.done();
  }

  @Override
  public Map<Long, Long> notices() throws IOException {
    Map<Long, Long> found = new HashMap<>();
    Map<String, AttributeValue> after = Map.of();
    do {
      Table.Page page = page(after);
      for (Map<String, AttributeValue> item : page.items()) {
        add(item, found);
      }
      after = page.last();
    } while (!after.isEmpty());
    return Map.copyOf(found);
  }

  private Table.Page page(Map<String, AttributeValue> after) throws IOException {
    return maker.orMake(
        () -> table.query(keys.controlPartition(), ItemKeys.noticePrefix(), ATTRIBUTES, after));
  }

  private void add(Map<String, AttributeValue> item, Map<Long, Long> found) throws IOException {
    Long process = ItemKeys.process(item);
    if (process == null) {
      delete(item);
      return;
    }
    Long number = number(item, CHANGE);
    if (number == null) {
      number = repair(process, item);
    }
    if (number != null) {
      found.put(process, number);
    }
  }

  /** For an item whose key is that of no notice. */
  private void delete(Map<String, AttributeValue> item) throws IOException {
    warn("deleted");
    Map<String, AttributeValue> key = new HashMap<>(item);
    key.keySet().retainAll(List.of(PARTITION, SORT));
    table.delete(key, ItemCondition.NONE);
  }

  /**
   * Gives a damaged notice a number, by which it can be withdrawn, and which is the same for all.
   *
   * @return the number; null if the notice is gone meanwhile
   */
  private @Nullable Long repair(long process, Map<String, AttributeValue> item) throws IOException {
    warn("renewed");
    long stamp = AwsStore.newStamp();
    ItemUpdate update = new ItemUpdate().set(CHANGE, number(stamp)).set(TTL, ttl());
    ItemCondition unchanged = ItemCondition.has(CHANGE, item.get(CHANGE));
    Table.Outcome outcome = table.update(keys.notice(process), update, unchanged);
    if (outcome.done()) {
      return stamp;
    }
    Long others = number(outcome.before(), CHANGE);
    boolean isGone = outcome.before().isEmpty();
    return isGone || others != null ? others : Long.valueOf(stamp); // damaged again: the next time
  }

  private void warn(String action) {
    LOGGER.log(System.Logger.Level.WARNING, "a notice in DynamoDB is damaged, and is {0}", action);
    damage.run();
  }
}
