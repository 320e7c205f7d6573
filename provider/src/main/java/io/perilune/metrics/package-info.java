/**
 * What is counted, and what went wrong.
 *
 * <p>{@link io.perilune.metrics.Counter} is the table: all that is counted, and every way in which a frame can die,
 * each with its sentence. {@link io.perilune.metrics.Counters} are the values of one shard: its driver adds, without
 * a lock or an atomic operation, and any thread reads. {@link io.perilune.metrics.CountersReport} prints them. {@link
 * io.perilune.metrics.ErrorLog} records what should never have been thrown, once for each distinct stack trace. {@link
 * io.perilune.metrics.DegradationLog} warns, once for each {@link io.perilune.metrics.Degradation}, of what a setting can
 * mend. What the link counts itself is asked of it when somebody wants to know, see {@code link.LinkQueue}.
 *
 * <p>A leaf: imports nothing of Perilune.
 */
package io.perilune.metrics;
