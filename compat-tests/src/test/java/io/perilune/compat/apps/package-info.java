/**
 * Small programs around the libraries that the tests run unmodified: servers and clients as any user of theirs would
 * write them. None knows of Perilune; each runs in a JVM of its own.
 */
package io.perilune.compat.apps;
