/**
 * The JVM that {@code perilune selftest} starts: {@link io.perilune.selftest.SelfTest} runs the contracts of the channels
 * by JUnit and prints a line for each, which the command line of the one jar reads.
 */
package io.perilune.selftest;
