/**
 * Time as the stack sees it: a clock that is handed in, and one timer wheel per shard.
 *
 * <p>Nothing below {@code loop} reads the system's clock; the loop reads it once per turn and passes {@code nowNs}
 * down. A simulation passes what it likes. Imports nothing of Perilune.
 */
package io.perilune.time;
