/**
 * Programs that show what Perilune's own interfaces are for, each beside one that does the same in stock java.nio: a
 * key-value server that speaks enough of Redis's protocol for {@code redis-benchmark -t ping,set,get} and {@code
 * redis-cli}. Both share the store, the protocol and the sessions; they differ in who calls whom.
 */
package io.perilune.examples;
