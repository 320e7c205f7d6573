/** The command line of {@code java -jar perilune.jar}. */
package io.perilune.cli;
