package io.terrace.tier.redis;

import dev.failsafe.CircuitBreaker;
import io.terrace.InvalidSettingException;
import io.terrace.RedisSettings;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Opens links. Those of this JVM that reach the same servers in the same way are one, which is
 * closed with the last of them. Thread safe.
 */
final class Links {
  /** What has to be equal for a link to be shared. */
  private record Key(
      Address address,
      int connections,
      Duration connectTimeout,
      Duration commandTimeout,
      @Nullable String trustStore,
      @Nullable String trustStorePassword) {
    static Key of(Address address, RedisSettings settings) {
      return new Key(
          address,
          settings.connections(),
          settings.connectTimeout(),
          settings.commandTimeout(),
          settings.trustStore(),
          settings.trustStorePassword());
    }
  }

  /** A link and the number of its users. */
  private static final class Shared {
    private final RedisLink link;
    private int users;

    Shared(RedisLink link) {
      this.link = link;
    }
  }

  /** Guarded by itself. */
  private static final Map<Key, Shared> OPEN = new HashMap<>();

  private Links() {}

  /**
   * A link that connects at its first command.
   *
   * @throws InvalidSettingException if there is a user without a password, or the trust store
   *     cannot be read
   */
  static Link open(RedisSettings settings) {
    Address address = Address.of(settings);
    Key key = Key.of(address, settings);
    synchronized (OPEN) {
      Shared shared = OPEN.get(key);
      if (shared == null) {
        shared = new Shared(new RedisLink(address, settings));
        OPEN.put(key, shared);
      }
      shared.users++;
      return new Handle(key, shared);
    }
  }

  private static void release(Key key, Shared shared) {
    synchronized (OPEN) {
      shared.users--;
      if (shared.users > 0) {
        return;
      }
      OPEN.remove(key);
    }
    shared.link.close();
  }

  /** One user's part of a link: its own subscriptions end with it. */
  private static final class Handle implements Link {
    private final Key key;
    private final Shared shared;
    private final Set<Closeable> subscriptions = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    Handle(Key key, Shared shared) {
      this.key = key;
      this.shared = shared;
    }

    private RedisLink link() throws IOException {
      if (closed.get()) {
        throw new IOException("the link to Redis is closed");
      }
      return shared.link;
    }

    @Override
    public @Nullable Object call(Request request) throws IOException {
      return link().call(request);
    }

    @Override
    public List<@Nullable Object> callAll(List<Request> requests) {
      try {
        return link().callAll(requests);
      } catch (IOException e) {
        List<@Nullable Object> results = new ArrayList<>(requests.size());
        requests.forEach(request -> results.add(e));
        return results;
      }
    }

    @Override
    public Closeable subscribe(byte[] channel, Messages messages) {
      if (closed.get()) {
        throw new IllegalStateException("the link to Redis is closed");
      }
      Closeable subscription = shared.link.subscribe(channel, messages);
      subscriptions.add(subscription);
      return () -> {
        subscriptions.remove(subscription);
        subscription.close();
      };
    }

    @Override
    public List<String> servers() throws IOException {
      return link().servers();
    }

    @Override
    public @Nullable Object callOn(String server, Request request) throws IOException {
      return link().callOn(server, request);
    }

    @Override
    public Map<String, CircuitBreaker.State> breakers() {
      return shared.link.breakers();
    }

    @Override
    public void close() throws IOException {
      if (closed.compareAndSet(false, true)) {
        try {
          for (Closeable subscription : subscriptions) {
            subscription.close();
          }
        } finally {
          release(key, shared);
        }
      }
    }
  }
}
