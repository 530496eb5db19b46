package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** What meets a tier that is closed, or is just being closed, fails as everything else does. */
class AwsCloseTest {
  private static final EntryKey KEY = key("k");

  private final AwsSetup setup = AwsSetup.here();

  @Test
  void aWriteThatWasRefusedMayBeClosedLater() throws IOException {
    AwsTier tier = setup.open();
    put(tier, KEY, bytes("x"));
    WriteHandle write = tier.openWrite(header(KEY), Condition.ABSENT);
    write.write(ByteBuffer.wrap(bytes(1, 200_000)));
    assertThat(write.commit()).isInstanceOf(CommitResult.Refused.class);
    tier.close();
    assertThatCode(write::close).doesNotThrowAnyException();
  }

  /** As it is between two steps of a call: the clients are closed, and it was open before. */
  @Test
  void aClosedClientIsAnIoFailure() throws IOException {
    TierContext context =
        new TierContext(
            "test:manager", AwsSetup.CACHE_NAME, InstantSource.system(), TierListener.NONE);
    AwsClients clients = setup.clients();
    AwsTier tier = new AwsTier(clients, setup.settings(), context, System::nanoTime);
    try {
      put(tier, KEY, bytes(1, 200_000));
      WriteHandle write = tier.openWrite(header(KEY), Condition.ALWAYS);
      write.write(ByteBuffer.wrap(bytes(1, 200_000)));
      clients.close();
      assertThat(tier.lookup(KEY)).isInstanceOf(Lookup.Skipped.class);
      assertThat(tier.lookupHeader(KEY)).isInstanceOf(Lookup.Skipped.class);
      assertThatIOException().isThrownBy(write::commit);
      assertThatIOException().isThrownBy(() -> put(tier, KEY, bytes("x")));
    } finally {
      tier.close();
    }
  }
}
