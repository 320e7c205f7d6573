/**
 * For programs that want their bytes where they lie in packet memory, without a copy: what a socket channel of Perilune
 * can do beyond {@code java.nio}. Interfaces only; the channels implement them. A leaf: imports nothing of Perilune.
 */
package io.perilune.zerocopy;
