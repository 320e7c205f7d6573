/**
 * Programs that show what Perilune offers beyond {@code java.nio}, on the JDK and Perilune's public interfaces: a proxy that
 * forwards without copying (and falls back to what the JDK has where a connection is the kernel's), and a key-value server
 * inside packet processing, beside one that does the same in stock java.nio. It speaks enough of Redis's protocol for
 * {@code redis-benchmark -t ping,set,get} and {@code redis-cli}; both share the store, the protocol and the sessions, and
 * differ in who calls whom.
 */
package io.perilune.examples;
