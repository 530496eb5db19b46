package io.terrace.tier.redis;

import org.jspecify.annotations.Nullable;

/**
 * One command or script on its way to the server of a slot. The arrays belong to it and are not
 * changed by anyone.
 *
 * @param slot the hash slot of its keys, or -1 if it has none
 * @param script the script to run, or null for a command
 * @param arguments of a command: its name and what follows; of a script: the number of keys, the
 *     keys and the arguments
 */
@SuppressWarnings("ArrayRecordComponent") // neither compared nor shown
record Request(int slot, @Nullable Script script, byte[]... arguments) {}
