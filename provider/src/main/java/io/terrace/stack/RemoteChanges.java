package io.terrace.stack;

import io.terrace.coherence.Coherence;
import io.terrace.tier.Change;
import io.terrace.tier.KeyCodec;
import java.io.IOException;

/** Tells the listener of a stack which keys other processes changed. Thread safe. */
record RemoteChanges<K>(KeyCodec<K> keys, StackListener<K, ?> listener)
    implements Coherence.ChangeListener {
  private static final System.Logger LOGGER = System.getLogger(RemoteChanges.class.getName());

  @Override
  public void changed(Change change) {
    if (change instanceof Change.OfKey ofKey && listener.hearsOthers()) {
      try {
        listener.changedByOthers(ofKey.kind(), keys.decode(ofKey.key()));
      } catch (IOException | RuntimeException e) {
        LOGGER.log(
            System.Logger.Level.WARNING,
            "nobody is told that another process changed entry "
                + ofKey.key().digest()
                + ": its key cannot be decoded: "
                + e.getMessage());
      }
    }
  }
}
