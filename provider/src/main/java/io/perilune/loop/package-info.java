/**
 * The socket layer: threads enter here and go no lower.
 *
 * <p>Read {@code Shard.turn} first: one turn of the loop, with what it receives, sends and tells. A thread gets there
 * in two ways. To wait: {@link io.perilune.loop.UserStack#await} with a {@link io.perilune.loop.Waiter}, then {@code
 * Leadership} (who drives, who follows, how long to spin and to sleep by the {@code WaitRule}), with the {@code
 * Housekeeper} standing in while nobody waits. To do something: {@link io.perilune.loop.UserSocket}, {@link
 * io.perilune.loop.UserListener} or {@link io.perilune.loop.PortReservation}, then {@code Shard.enter} and {@code
 * Shard.exit}. On both ways the shard's {@code DriverRole} keeps the threads apart. What became ready is kept in
 * {@code ReadySource} and told to each {@link io.perilune.loop.ReadyListener} at the end of the turn or operation.
 * Handlers that run within the turn are {@code InlineStreams}' affair, with {@link io.perilune.loop.InlineSocket} and the
 * {@code InlineThread}.
 *
 * <p>The end: {@link io.perilune.loop.DrainOnExit}. Imports tcp and all below it.
 */
package io.perilune.loop;
