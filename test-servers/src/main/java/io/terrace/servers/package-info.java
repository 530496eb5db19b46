/**
 * Real servers for tests, each a child process on free ports of 127.0.0.1: {@link
 * io.terrace.servers.RedisServer}. Nothing here outlives the JVM, not even one that is killed.
 */
@NullMarked
package io.terrace.servers;

import org.jspecify.annotations.NullMarked;
