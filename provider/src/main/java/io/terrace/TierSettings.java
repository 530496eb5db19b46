package io.terrace;

import java.io.Serializable;

/** The settings of one tier of a stack. Immutable and serializable. */
public sealed interface TierSettings extends Serializable
    permits HeapSettings, DiskSettings, RedisSettings, AwsSettings {

  /** The tier's name in a configuration file. */
  String tier();

  /** Whether other processes have part in what the tier holds. */
  default boolean isShared() {
    return false;
  }
}
