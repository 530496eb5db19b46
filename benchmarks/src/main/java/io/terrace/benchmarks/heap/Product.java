package io.terrace.benchmarks.heap;

import java.io.Serializable;

/** Nothing in it can change. */
public record Product(String sku, String name, String description) implements Serializable {}
