package io.terrace.tier.aws;

import io.terrace.PurgeReason;
import io.terrace.tier.BufferBody;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.UnreadBody;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.zip.CRC32C;

/**
 * Looks entries up, each in one request, and removes what it meets that cannot be one. Thread safe;
 * blocks for DynamoDB.
 */
final class EntryReader {
  private static final int LEASE_ATTEMPTS = 3;

  private final AwsStore store;
  private final ItemWriter writer;

  EntryReader(AwsStore store, ItemWriter writer) {
    this.store = store;
    this.writer = writer;
  }

  Lookup lookup(EntryKey key) throws IOException {
    store.makeReady();
    return judge(key, store.read(key));
  }

  /** Looks a key up, or gives a lease of what is there instead of an entry. */
  LeaseAnswer lookupOrLease(EntryKey key, Duration life) throws IOException {
    store.makeReady();
    for (int attempt = 0; attempt < LEASE_ATTEMPTS; attempt++) {
      long number = store.versions().next(); // first, so that what comes later is above it
      Item item = store.read(key);
      if (judge(key, item) instanceof Lookup.Hit hit) {
        return new LeaseAnswer.Found(hit);
      }
      boolean damaged = item.kind() == Item.Kind.DAMAGED || store.seen(key, item) != null;
      if (!damaged) { // else it was just removed
        store.leases().give(number, item.version(), life);
        return new LeaseAnswer.Granted(number);
      }
    }
    throw new IOException("entry " + key.digest() + " is damaged again and again");
  }

  /** What an item, which was read with its body, is to somebody who looks a key up. */
  Lookup judge(EntryKey key, Item item) throws IOException {
    if (item.kind() == Item.Kind.DAMAGED) {
      writer.drop(key, item, PurgeReason.CORRUPTION);
      return Lookup.MISS;
    }
    EntryHeader header = store.seen(key, item);
    if (header == null) {
      return Lookup.MISS;
    }
    if (item.object() != null) {
      return new Lookup.Hit(header, longBody(header, item.object()));
    }
    byte[] body = item.body();
    if (body == null || !isSound(header, body)) {
      writer.drop(key, item, PurgeReason.CORRUPTION);
      return Lookup.MISS;
    }
    return new Lookup.Hit(header, new BufferBody(ByteBuffer.wrap(body), () -> {}));
  }

  private static boolean isSound(EntryHeader header, byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return body.length == header.bodyLength() && (int) crc.getValue() == header.checksum();
  }

  private ReadHandle longBody(EntryHeader header, String object) throws IOException {
    Bodies bodies = store.bodies();
    if (bodies == null) {
      throw new IOException(
          "the body of entry " + header.key().digest() + " is in S3: set aws.bucket");
    }
    return bodies.read(
        object,
        header.bodyLength(),
        header.checksum(),
        reason -> writer.lost(header.key(), header.version(), reason));
  }

  /** As {@link #lookup}, with a body that cannot be read. */
  Lookup lookupHeader(EntryKey key) throws IOException {
    store.makeReady();
    Item head = store.head(key);
    if (head.kind() == Item.Kind.DAMAGED) {
      writer.drop(key, head, PurgeReason.CORRUPTION);
      return Lookup.MISS;
    }
    EntryHeader header = store.seen(key, head);
    return header == null ? Lookup.MISS : new Lookup.Hit(header, new UnreadBody());
  }
}
