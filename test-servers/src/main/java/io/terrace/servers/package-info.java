/**
 * Servers for tests, each a child process on free ports of 127.0.0.1: {@link
 * io.terrace.servers.RedisServer}, {@link io.terrace.servers.RedisCluster}, {@link
 * io.terrace.servers.RedisSentinel}, {@link io.terrace.servers.DynamoDbServer}, {@link
 * io.terrace.servers.S3Server}; and {@link io.terrace.servers.FaultyProxy}, the bad network before
 * them. Nothing here outlives the JVM, not even one that is killed.
 */
@NullMarked
package io.terrace.servers;

import org.jspecify.annotations.NullMarked;
