/**
 * Packet memory: slabs cut into cells, one {@link io.perilune.memory.PacketBuffer} object a cell, and the pool of one
 * shard that lends them out.
 *
 * <p>A buffer's way: {@link io.perilune.memory.BufferPool} lends it with one reference (or a link's receive burst
 * does); whoever keeps it beyond a call retains it; the last release gives the cell back to the pool. Imports the
 * leaves only.
 */
package io.perilune.memory;
