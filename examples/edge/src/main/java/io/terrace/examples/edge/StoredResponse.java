package io.terrace.examples.edge;

import io.terrace.Metadata;
import io.terrace.StreamValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * What is stored of a response beside its body: the metadata of an entry.
 *
 * @param headers what is sent to clients with the body
 * @param lifetime how long it may be used
 * @param length of the body in bytes as the origin said, or {@link StreamValue#UNKNOWN_LENGTH}
 * @param tags the keys by which it is purged
 */
record StoredResponse(HttpFields headers, Lifetime lifetime, long length, Set<String> tags) {
  private static final String HEADER = "header.";
  private static final String GENERATED_AT = "generated-at";
  private static final String FRESH_UNTIL = "fresh-until";
  private static final String STALE_UNTIL = "stale-until";
  private static final String LENGTH = "length";

  /** For caches, not for clients; or said anew with every response. */
  private static final List<String> NOT_SENT =
      List.of("Surrogate-Key", "Cache-Tag", "Content-Length", "Age", "Via", "X-Cache", "Warning");

  /** A response that was received just now. */
  static StoredResponse of(OriginResponse response, long nowMillis) {
    HttpFields received = response.headers();
    Set<String> tags = new LinkedHashSet<>();
    for (String value : received.getValuesList("Surrogate-Key")) {
      tags.addAll(Arrays.asList(value.strip().split("\\s+")));
    }
    tags.addAll(received.getCSV("Cache-Tag", false));
    tags.remove("");
    return new StoredResponse(
        EndToEnd.of(received, NOT_SENT), Lifetime.of(received, nowMillis), response.length(), tags);
  }

  /** This response after the origin said that it is still the same. */
  StoredResponse validatedBy(OriginResponse notModified, long nowMillis) {
    HttpFields.Mutable merged = HttpFields.build(headers);
    HttpFields received = EndToEnd.of(notModified.headers(), NOT_SENT);
    received.getFieldNamesCollection().forEach(merged::remove);
    received.forEach(merged::add);
    StoredResponse news = of(notModified, nowMillis);
    Set<String> newTags = news.tags().isEmpty() ? tags : news.tags();
    return new StoredResponse(merged, Lifetime.of(merged, nowMillis), length, newTags);
  }

  /** Reads what {@link #metadata} made. */
  static StoredResponse of(Metadata metadata) {
    Map<String, String> attributes = metadata.attributes();
    HttpFields.Mutable headers = HttpFields.build();
    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
      if (attribute.getKey().startsWith(HEADER)) {
        headers.add(attribute.getKey().substring(HEADER.length()), attribute.getValue());
      }
    }
    if (metadata.contentType() != null) {
      headers.put(HttpHeader.CONTENT_TYPE, metadata.contentType());
    }
    Lifetime lifetime =
        new Lifetime(
            number(attributes, GENERATED_AT),
            number(attributes, FRESH_UNTIL),
            number(attributes, STALE_UNTIL));
    return new StoredResponse(headers, lifetime, number(attributes, LENGTH), metadata.tags());
  }

  private static long number(Map<String, String> attributes, String name) {
    return Long.parseLong(attributes.getOrDefault(name, "0"));
  }

  Metadata metadata() {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put(GENERATED_AT, Long.toString(lifetime.generatedAtMillis()));
    attributes.put(FRESH_UNTIL, Long.toString(lifetime.freshUntilMillis()));
    attributes.put(STALE_UNTIL, Long.toString(lifetime.staleUntilMillis()));
    attributes.put(LENGTH, Long.toString(length));
    for (HttpField field : headers) {
      if (field.getHeader() != HttpHeader.CONTENT_TYPE) {
        attributes.merge(
            HEADER + field.getLowerCaseName(),
            String.valueOf(field.getValue()),
            (one, other) -> one + ", " + other);
      }
    }
    return new Metadata(headers.get(HttpHeader.CONTENT_TYPE), tags, attributes);
  }

  /** Whether it may be served to who says who he is. */
  boolean isPublic() {
    return CacheControl.of(headers.getValuesList(HttpHeader.CACHE_CONTROL)).has("public");
  }
}
