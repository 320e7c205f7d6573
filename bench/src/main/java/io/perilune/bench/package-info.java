/**
 * Stock java.nio programs whose speed is compared: Perilune's stack over memif beside the kernel's over loopback. They
 * know nothing of Perilune. {@code bench.sh} runs them in pairs, each on a core of its own.
 */
package io.perilune.bench;
