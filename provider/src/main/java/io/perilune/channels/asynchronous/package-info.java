/**
 * java.nio's asynchronous channels for TCP, over Perilune's selectable ones.
 *
 * <p>{@link io.perilune.channels.asynchronous.AsynchronousProvider} opens groups and channels. A {@link
 * io.perilune.channels.asynchronous.PeriluneAsynchronousSocketChannel} or {@link
 * io.perilune.channels.asynchronous.PeriluneAsynchronousServerSocketChannel} has a channel of the selector provider that
 * does not block, so that it decides late between the two worlds as that one does. An operation, {@link
 * io.perilune.channels.asynchronous.PendingOperation}, is tried at once; one that would have to wait takes its
 * channel's {@link io.perilune.channels.asynchronous.OperationSlot} and has {@link
 * io.perilune.channels.asynchronous.ChannelWatch} ask the Selector of its group's {@link
 * io.perilune.channels.asynchronous.SelectingLoop}, whose threads try it again when its channel is ready. Which thread
 * calls a completion handler is decided in {@link
 * io.perilune.channels.asynchronous.PeriluneAsynchronousChannelGroup} and {@link
 * io.perilune.channels.asynchronous.PoolThread}.
 *
 * <p>Knows of Perilune's other packages no more than the selector provider that it is given, and config's Privileged.
 */
package io.perilune.channels.asynchronous;
