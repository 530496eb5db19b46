package io.terrace.config;

/** A value and where it stands, for what can only be checked when a cache is created. */
record Placed<T>(T value, Place place) {}
