package io.terrace.benchmarks.aws;

/** A way to AWS that the aws suite measures. */
public enum AwsPeer {
  /** {@code [aws]} alone, without a heap above it. */
  TERRACE("Terrace"),
  /** The clients that Terrace uses, with the same settings and nothing above them. */
  SDK("bare AWS SDK");

  private final String label;

  AwsPeer(String label) {
    this.label = label;
  }

  /** The name in reports. */
  public String label() {
    return label;
  }
}
