/** The DPDK port behind link's interfaces, by JNI. */
package io.perilune.dpdk;
