/** Prints frames. */
package io.perilune.trace;
