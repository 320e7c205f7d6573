/**
 * For programs that want their bytes where they lie in packet memory, without a copy: what a socket channel of Perilune's
 * can do beyond {@code java.nio}. {@link io.perilune.zerocopy.ZeroCopyChannel} takes and writes, {@link
 * io.perilune.zerocopy.PacketBytes} is what is held. Interfaces and an exception only; the channels implement them. A
 * leaf: imports nothing of Perilune.
 */
package io.perilune.zerocopy;
