package io.terrace.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import io.terrace.HeapSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Properties;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a manager without a file costs at the start of a process. */
class StartUpTest {

  /** Ours, JSR-107's and the JDK's classes; the HOCON library's are not there to be found. */
  private static URLClassLoader withoutHocon() {
    return new URLClassLoader(
        new URL[] {
          location(ManagerConfiguration.class),
          location(Configuration.class),
          location(Nullable.class)
        },
        ClassLoader.getPlatformClassLoader());
  }

  private static URL location(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  @Test
  void withoutAFileNoClassOfTheHoconLibraryIsLoaded() throws Exception {
    Properties others = new Properties();
    others.setProperty("acme.setting", "1");
    try (URLClassLoader isolated = withoutHocon()) {
      Object configuration = load(isolated, others);
      Object requested =
          isolated.loadClass(MutableConfiguration.class.getName()).getConstructor().newInstance();
      Object resolved =
          method(configuration.getClass(), "resolve").invoke(configuration, "any", requested);
      Object tiers = method(resolved.getClass(), "tiers").invoke(resolved);
      assertThat(tiers).hasToString(List.of(HeapSettings.builder().build()).toString());
      assertThat(method(configuration.getClass(), "declared").invoke(configuration, "any"))
          .isNull();
    }
  }

  @Test
  void aPropertyOfOursNeedsTheHoconLibrary() throws Exception {
    Properties ours = new Properties();
    ours.setProperty("terrace.defaults.heap.max-entries", "1");
    try (URLClassLoader isolated = withoutHocon()) {
      assertThatThrownBy(() -> load(isolated, ours))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .isInstanceOf(NoClassDefFoundError.class)
          .hasMessageContaining(Config.class.getPackageName().replace('.', '/'));
    }
  }

  private static Object load(ClassLoader isolated, Properties properties) throws Exception {
    Class<?> type = isolated.loadClass(ManagerConfiguration.class.getName());
    return method(type, "load").invoke(null, URI.create("default"), isolated, properties);
  }

  private static Method method(Class<?> type, String name) {
    for (Method method : type.getMethods()) {
      if (method.getName().equals(name)) {
        return method;
      }
    }
    throw new AssertionError(type + " has no method " + name);
  }
}
