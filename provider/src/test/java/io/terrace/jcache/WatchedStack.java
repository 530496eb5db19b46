package io.terrace.jcache;

import io.terrace.StreamValue;
import io.terrace.stack.Stack;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A real stack of streams, seen from above: remembers what it opened and staged for the layer above
 * it, and does something of the test's before one of its methods. Thread safe.
 */
final class WatchedStack {
  private final Stack<String, StreamValue> real;
  private final List<StreamValue> opened = Collections.synchronizedList(new ArrayList<>());
  private final Set<Object> staged =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
  private final Map<String, Runnable> once = new ConcurrentHashMap<>();

  WatchedStack(Stack<String, StreamValue> real) {
    this.real = real;
  }

  /** Runs this before the next call of the method, which is made afterwards. */
  void beforeNext(String method, Runnable run) {
    once.put(method, run);
  }

  /** How many of the streams that were opened are open now. */
  long open() {
    synchronized (opened) {
      return opened.stream().filter(WatchedStack::isOpen).count();
    }
  }

  /** How many streams were opened ever. */
  int everOpened() {
    return opened.size();
  }

  /** How many staged values nobody discarded. */
  int staged() {
    return staged.size();
  }

  private static boolean isOpen(StreamValue value) {
    try {
      int unused = value.read(0, ByteBuffer.allocate(0));
      return true;
    } catch (ClosedChannelException | UnsupportedOperationException e) {
      return false;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("unchecked")
  Stack<String, StreamValue> stack() {
    return (Stack<String, StreamValue>)
        Proxy.newProxyInstance(
            Stack.class.getClassLoader(),
            new Class<?>[] {Stack.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
    Runnable before = once.remove(method.getName());
    if (before != null) {
      before.run();
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    switch (method.getName()) {
      case "get", "latest", "getStale", "getOrLoad" -> {
        if (result != null) {
          opened.add((StreamValue) ((Resident<?>) result).value());
        }
      }
      case "stage" -> staged.add(result);
      case "discard" -> staged.remove(arguments == null ? null : arguments[0]);
      default -> {}
    }
    return result;
  }
}
