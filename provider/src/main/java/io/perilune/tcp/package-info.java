/**
 * TCP: RFC 9293 and its companions, one connection's state and what every event does to it.
 *
 * <p>A segment's way in: {@code TcpInput} checks it, parses it into the one reused {@code TcpSegment} and finds its
 * connection in the {@code ConnectionTable}. By the state it goes to {@code TcpListenInput} (§3.10.7.2; what it keeps
 * of a handshake is a {@code HalfOpen}), {@code TcpSynSentInput} (§3.10.7.3) or {@code TcpSynchronizedInput}
 * (§3.10.7.4, its steps as methods in the RFC's order), whose fifth step is {@code AckProcessor}. Data ends in {@code
 * ReceiveQueue}, or waits in {@code OutOfOrderQueue}. What belongs to no connection is answered by {@code TcpInput}
 * itself, or by {@code TimeWaitTable}.
 *
 * <p>A segment's way out: {@code SendQueue} holds what the user wrote; {@code TcpOutput} decides whether and how much
 * to send (window, {@code CongestionControl}, Nagle), {@code LossRecovery} with the {@code SackScoreboard} what to
 * send again, {@code SegmentWriter} builds it. {@code DelayedAck} says when to acknowledge, {@code TcpTimers} what is
 * due, {@code RttEstimator} how long to wait.
 *
 * <p>{@link io.perilune.tcp.Tcp} is the door for the layer above: connect, listen, write, consume, shut down, abort.
 * It tells {@link io.perilune.tcp.TcpUser} what happens. {@link io.perilune.tcp.TcpConnection} is the TCB, its fields
 * under the RFC's names.
 *
 * <p>Owned by the shard's driver throughout: no threads, no locks, no clock (each call brings {@code nowNs}), no
 * native code, and nothing is allocated for a segment. Imports ip, link, memory and the leaves.
 */
package io.perilune.tcp;
