/** Ethernet and the address resolution below IP. */
package io.perilune.ether;
