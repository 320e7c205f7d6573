/**
 * java.nio to the letter, over the user-space stack and the kernel's.
 *
 * <p>{@link io.perilune.channels.ChannelProvider} opens channels and selectors. A {@link
 * io.perilune.channels.PeriluneSocketChannel} hands every call to its {@link io.perilune.channels.SocketBackend}: at
 * first {@link io.perilune.channels.UndecidedBackend}, which bind or connect replaces with {@link
 * io.perilune.channels.UserBackend} (a {@link io.perilune.loop.UserSocket}) or {@link
 * io.perilune.channels.KernelBackend} (a channel of the JDK's own). A {@link
 * io.perilune.channels.PeriluneServerSocketChannel} may listen in both worlds at once. {@link
 * io.perilune.channels.PeriluneSelector} shows both worlds in one key set: the user-space sockets put their {@link
 * io.perilune.channels.PeriluneSelectionKey} into its {@link io.perilune.channels.KeyQueue}, the kernel's channels
 * are watched by its {@link io.perilune.channels.KernelCompanion}.
 *
 * <p>Imports loop, tcp's error and option types, and the leaves.
 */
package io.perilune.channels;
