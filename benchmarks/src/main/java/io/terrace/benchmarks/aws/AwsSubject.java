package io.terrace.benchmarks.aws;

import org.jspecify.annotations.Nullable;

/** Bodies by number, in DynamoDB. Thread safe. */
interface AwsSubject extends AutoCloseable {

  byte @Nullable [] get(int number);

  void put(int number, byte[] body);

  @Override
  void close();
}
