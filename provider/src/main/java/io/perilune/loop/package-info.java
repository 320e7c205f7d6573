/** The socket layer: threads enter here and go no lower. */
package io.perilune.loop;
