package io.terrace.linearizability;

import io.terrace.RedisSettings;
import io.terrace.TierSettings;
import io.terrace.tier.EntryKey;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Opens {@link SharedMemory} where the configuration says {@code redis}: a shared tier without a
 * network, for a {@link Member} that is all processes at once. It fails now and then: before and
 * after a change was made, for a time, and it loses messages. Found only by a program on whose
 * class path it is registered. In the namespace {@link #FORGETFUL} it even loses what was
 * acknowledged. Thread safe.
 */
public final class SharedMemoryFactory implements TierFactory {
  static final String FORGETFUL = "forgetful";

  private static final int PARTITIONS = 4;
  private static final ConcurrentMap<String, SharedMemory> SERVERS = new ConcurrentHashMap<>();

  @Override
  public String tier() {
    return "redis";
  }

  @Override
  public Tier open(TierSettings settings, TierContext context) {
    String namespace = String.valueOf(((RedisSettings) settings).namespace());
    SharedMemory server =
        SERVERS.computeIfAbsent(namespace, name -> new SharedMemory(context.clock(), PARTITIONS));
    SharedMemory.Node node = server.node();
    Random random = new Random(namespace.hashCode() * 31L + node.origin());
    Weather weather = new Weather(node, random);
    boolean forgetful = namespace.equals(FORGETFUL);
    node.at(
        (step, key) -> {
          if (forgetful && random.nextInt(300) == 0) {
            server.loseEverything();
          }
          weather.at(step, key);
        });
    return node;
  }

  /** What happens to a process, step by step. */
  private static final class Weather implements SharedMemory.Hook {
    private final SharedMemory.Node node;
    private final Random random;
    private final AtomicInteger stepsOfSilence = new AtomicInteger();

    Weather(SharedMemory.Node node, Random random) {
      this.node = node;
      this.random = random;
    }

    @Override
    public void at(String step, @Nullable EntryKey key) throws IOException {
      int chance = random.nextInt(2_000);
      if (stepsOfSilence.get() > 0) {
        if (stepsOfSilence.decrementAndGet() == 0) {
          node.cut(false);
          node.deaf(false);
        }
      } else if (chance == 0) {
        stepsOfSilence.set(1 + random.nextInt(60));
        node.cut(true);
      } else if (chance < 5) {
        stepsOfSilence.set(1 + random.nextInt(300));
        node.deaf(true);
      }
      if (chance > 1_980) {
        throw new IOException("lost at " + step);
      }
      if (chance > 1_700) {
        LockSupport.parkNanos(random.nextInt(200_000));
      }
    }
  }
}
