package io.terrace.stack;

import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;

/** Compares copies of a local tier with the authority that processes share. Thread safe. */
interface CopyVerifier {

  /**
   * Whether copies of a key may be served without a question. To be asked before the look: a copy
   * may become trusted only by being dropped.
   */
  boolean isTrusted(EntryKey key);

  /**
   * The hit itself if it may be served, or else that there is none here. May ask the authority, and
   * blocks as long as that.
   *
   * @param trusted what {@link #isTrusted} said before the look
   */
  Lookup check(Lookup.Hit hit, boolean trusted);
}
