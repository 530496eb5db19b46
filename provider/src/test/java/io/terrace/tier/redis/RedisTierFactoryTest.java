package io.terrace.tier.redis;

import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.HeapSettings;
import io.terrace.RedisSettings;
import io.terrace.TierSettings;
import io.terrace.tier.Lookup;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import io.terrace.tier.TierListener;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ServiceLoader;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;

class RedisTierFactoryTest {
  private static final RedisSettings NOWHERE = RedisSettings.builder("redis://127.0.0.1:1").build();

  private static TierContext context() {
    return new TierContext("test:m", "c", InstantSource.system(), TierListener.NONE);
  }

  private static TierFactory found() {
    for (TierFactory factory : ServiceLoader.load(TierFactory.class)) {
      if (factory.tier().equals("redis")) {
        return factory;
      }
    }
    throw new AssertionError("no factory of redis tiers");
  }

  @Test
  void opensWithoutAServer() throws IOException {
    try (Tier tier = found().open(NOWHERE, context())) {
      assertThat(tier.name()).isEqualTo("redis");
      assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
    }
  }

  @Test
  void refusesOtherSettings() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> found().open(HeapSettings.builder().build(), context()));
  }

  @Test
  void saysWhichLibraryIsMissing() throws Exception {
    assertMissing("redis.clients.", "redis.clients:jedis:");
    assertMissing("dev.failsafe.", "dev.failsafe:failsafe:");
  }

  private static void assertMissing(String prefix, String coordinates) throws Exception {
    ClassLoader without = new Without(prefix);
    Object factory =
        without.loadClass(RedisTierFactory.class.getName()).getConstructor().newInstance();
    assertThat(factory.getClass()).isNotEqualTo(RedisTierFactory.class);
    assertThat(((TierFactory) factory).tier()).isEqualTo("redis");
    assertThatThrownBy(() -> ((TierFactory) factory).open((TierSettings) NOWHERE, context()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining(coordinates);
  }

  /** Has the tier's own classes, and all others but those of one library. */
  private static final class Without extends ClassLoader {
    private final String hidden;

    Without(String hidden) {
      super(RedisTierFactoryTest.class.getClassLoader());
      this.hidden = hidden;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith(hidden)) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.terrace.tier.redis.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
