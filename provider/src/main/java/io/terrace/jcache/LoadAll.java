package io.terrace.jcache;

import io.terrace.jcache.integration.Failures;
import java.util.List;
import javax.cache.integration.CompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * One {@code loadAll} on its way.
 *
 * @param keys a copy of the user's
 * @param replaceExisting whether keys that are present are loaded too
 * @param completion hears of the end, if anybody wants to
 */
record LoadAll<K, V>(
    TerraceCache<K, V> cache,
    Loading<K, V> loading,
    List<K> keys,
    boolean replaceExisting,
    @Nullable CompletionListener completion)
    implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(LoadAll.class.getName());

  @Override
  public void run() {
    try {
      cache.requireOpen();
      if (replaceExisting) {
        loading.reload(keys);
      } else {
        loading.loadAbsent(keys);
      }
    } catch (Exception e) {
      fail(e);
      return;
    } catch (Error e) {
      fail(Failures.loading(new Exception(e)));
      throw e;
    }
    if (completion != null) {
      completion.onCompletion();
    }
  }

  private void fail(Exception failure) {
    if (completion == null) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "loadAll of cache '" + cache.getName() + "' failed and nobody listens",
          failure);
    } else {
      completion.onException(failure);
    }
  }
}
