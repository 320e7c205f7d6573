/** Counters, one padded set per shard. A leaf: imports nothing of Perilune. */
package io.perilune.metrics;
