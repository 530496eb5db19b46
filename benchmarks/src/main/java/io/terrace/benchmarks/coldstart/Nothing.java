package io.terrace.benchmarks.coldstart;

/** What the JVM alone takes. */
final class Nothing {
  private Nothing() {}

  public static void main(String[] args) {
    System.exit(0);
  }
}
