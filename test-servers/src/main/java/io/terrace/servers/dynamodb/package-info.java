/**
 * The program that {@link io.terrace.servers.DynamoDbServer} runs as a child process: the part of
 * DynamoDB that a cache needs, written after its public API reference. What is not there is
 * refused, never ignored: a call with an operation, a parameter or an expression that is unknown
 * here is an error.
 */
@NullMarked
package io.terrace.servers.dynamodb;

import org.jspecify.annotations.NullMarked;
