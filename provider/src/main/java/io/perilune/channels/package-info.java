/** java.nio to the letter, over the user-space stack and the kernel's. */
package io.perilune.channels;
