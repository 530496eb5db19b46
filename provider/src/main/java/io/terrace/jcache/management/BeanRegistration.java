package io.terrace.jcache.management;

import java.lang.management.ManagementFactory;
import java.net.URI;
import javax.cache.CacheException;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** A management bean in the platform's MBean server, from construction to {@link #close}. */
public final class BeanRegistration {
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final ObjectName name;

  /** What a bean is about: the {@code type} of its name. */
  public enum Kind {
    CONFIGURATION("CacheConfiguration"),
    STATISTICS("CacheStatistics");

    private final String type;

    Kind(String type) {
      this.type = type;
    }
  }

  /**
   * Registers a bean under the standard's name. Where a manager of another class loader has that
   * already, perhaps one of another copy of Terrace, the name has one more property.
   *
   * @throws CacheException if the server refuses
   */
  public BeanRegistration(Object bean, Kind kind, URI manager, String cache) {
    String standard =
        "javax.cache:type="
            + kind.type
            + ",CacheManager="
            + safe(manager.toString())
            + ",Cache="
            + safe(cache);
    try {
      name = register(bean, standard);
    } catch (JMException e) {
      throw new CacheException("no management bean can be registered as " + standard, e);
    }
  }

  private ObjectName register(Object bean, String standard) throws JMException {
    try {
      return server.registerMBean(bean, new ObjectName(standard)).getObjectName();
    } catch (InstanceAlreadyExistsException e) {
      String other = standard + ",Instance=" + Integer.toHexString(System.identityHashCode(this));
      return server.registerMBean(bean, new ObjectName(other)).getObjectName();
    }
  }

  /** Ends the registration; without effect if somebody else did. */
  public void close() {
    try {
      server.unregisterMBean(name);
    } catch (InstanceNotFoundException e) {
      return;
    } catch (JMException e) {
      throw new CacheException("the management bean " + name + " cannot be unregistered", e);
    }
  }

  private static String safe(String raw) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      safe.append(",:=\n\"*?".indexOf(c) >= 0 ? '.' : c);
    }
    return safe.toString();
  }
}
