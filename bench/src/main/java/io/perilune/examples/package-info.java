/**
 * Programs that show what Perilune offers beyond {@code java.nio}. They use the JDK and Perilune's public interfaces, and
 * fall back to what the JDK has where a connection is the kernel's.
 */
package io.perilune.examples;
