package io.terrace.tier.heap;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.HeapSettings;
import io.terrace.tier.Resident;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Operations on a few keys, run by several threads, have results that some order of them explains;
 * and the eviction policy, which starts in the middle, knows the very keys that are left.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:2")
@Param(name = "resident", gen = IntGen.class, conf = "0:3")
public class HeapTierLincheckTest {
  private final HeapTier<Integer, String> tier =
      new HeapTier<>(HeapSettings.builder().maxEntries(4).build());

  @Operation
  public int get(@Param(name = "key") int key) {
    return Residents.indexOf(tier.get(key));
  }

  @Operation
  public boolean compareAndSet(
      @Param(name = "key") int key,
      @Param(name = "resident") int expected,
      @Param(name = "resident") int next) {
    return tier.compareAndSet(key, Residents.at(expected), Residents.at(next));
  }

  @Operation
  public boolean insert(@Param(name = "key") int key, @Param(name = "resident") int next) {
    return tier.compareAndSet(key, null, Residents.at(next));
  }

  @Operation
  public int remove(@Param(name = "key") int key) {
    return Residents.indexOf(tier.remove(key));
  }

  @Validate
  public void policyKnowsTheKeys() {
    Invariants.checkPolicyFollows(tier);
  }

  @Test
  void i8_operationsOnAKeyAreLinearizable() {
    new StressOptions()
        .iterations(5)
        .invocationsPerIteration(150)
        .threads(2)
        .actorsBefore(3)
        .actorsPerThread(4)
        .actorsAfter(3)
        .sequentialSpecification(Model.class)
        .check(HeapTierLincheckTest.class);
  }

  @Test
  void theModelIsNotVacuous() {
    Model model = new Model();

    assertThat(model.compareAndSet(0, 0, 1)).isTrue();
    assertThat(model.compareAndSet(0, 2, 3)).isFalse();
    assertThat(model.remove(0)).isEqualTo(1);
  }

  /** What one thread would see. */
  public static final class Model {
    private final Map<Integer, Integer> entries = new HashMap<>();

    public int get(int key) {
      return entries.getOrDefault(key, 0);
    }

    public boolean compareAndSet(int key, int expected, int next) {
      if (get(key) != expected) {
        return false;
      }
      if (next == 0) {
        entries.remove(key);
      } else {
        entries.put(key, next);
      }
      return true;
    }

    public boolean insert(int key, int next) {
      return compareAndSet(key, 0, next);
    }

    public int remove(int key) {
      int last = get(key);
      entries.remove(key);
      return last;
    }
  }

  /** The residents of the test, by number; zero is none. */
  static final class Residents {
    private static final @Nullable Resident<String>[] ALL = all();

    private Residents() {}

    static @Nullable Resident<String> at(int index) {
      return ALL[index];
    }

    static int indexOf(@Nullable Resident<String> resident) {
      for (int i = 0; i < ALL.length; i++) {
        if (ALL[i] == resident) {
          return i;
        }
      }
      throw new AssertionError("a resident nobody put");
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no generic arrays
    private static @Nullable Resident<String>[] all() {
      Resident[] all = new Resident[4];
      for (int i = 1; i < all.length; i++) {
        all[i] = Invariants.resident("value " + i);
      }
      return all;
    }
  }
}
