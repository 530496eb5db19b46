package io.terrace.tier.aws;

import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.EntryKey;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The names of bodies say whose they are, and none is given twice. */
class BodyNamesTest {
  private final BodyNames names = new BodyNames("terrace/", "cache");

  @Test
  void aNameIsNewAndLeadsToItsItem() {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      EntryKey key = key(i % 10);
      String name = names.newName(key);
      assertThat(name).startsWith("terrace/cache/" + key.digest() + "/");
      assertThat(names.keyHash(name))
          .isEqualTo(new BodyNames.KeyHash(key.hashHigh(), key.hashLow()));
      all.add(name);
    }
    assertThat(all).hasSize(1000);
  }

  @Test
  void othersAreNoNames() {
    String name = names.newName(key("k"));
    assertThat(
            new String[] {
              "",
              "terrace/cache/",
              "other" + name,
              name + "x",
              name.substring(1),
              name.replace("cache", "cache2"),
              name.replaceFirst("cache/[0-9a-f]", "cache/"),
              name.replaceFirst("cache/[0-9a-f]", "cache/g")
            })
        .extracting(names::keyHash)
        .containsOnlyNulls();
  }
}
