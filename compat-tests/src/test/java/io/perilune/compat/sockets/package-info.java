/**
 * What java.net.Socket and ServerSocket promise. Each test runs twice: over the JDK's own sockets, and in a JVM whose agent
 * has put Perilune under them, with loopback addresses in user space.
 */
package io.perilune.compat.sockets;
