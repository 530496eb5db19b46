package io.terrace.tier.aws;

import io.terrace.tier.EntryKey;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of a cache's bodies: {@code <prefix><folder>/<hash of the key>/<random UUID>}. Each is
 * given once; the item that may refer to it follows from the hash. Immutable.
 *
 * @param prefix {@code aws.prefix}
 * @param folder the cache's own, without a slash: no other cache's bodies are below it
 */
record BodyNames(String prefix, String folder) {
  private static final Pattern REST =
      Pattern.compile("([0-9a-f]{16})([0-9a-f]{16})/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** The hash of a key, as {@link EntryKey} has it. */
  record KeyHash(long high, long low) {}

  /** What all of them begin with, and nothing of another cache. */
  String root() {
    return prefix + folder + "/";
  }

  String newName(EntryKey key) {
    return root() + key.digest() + "/" + UUID.randomUUID();
  }

  /** The hash of the key whose body has this name; null if the name is none of these. */
  @Nullable KeyHash keyHash(String name) {
    if (!name.startsWith(root())) {
      return null;
    }
    Matcher rest = REST.matcher(name).region(root().length(), name.length());
    if (!rest.matches()) {
      return null;
    }
    return new KeyHash(
        HexFormat.fromHexDigitsToLong(rest.group(1)), HexFormat.fromHexDigitsToLong(rest.group(2)));
  }
}
