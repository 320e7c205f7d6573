/**
 * The command line of {@code java -jar perilune.jar}: {@link io.perilune.cli.Main} lists the commands, each a class.
 *
 * <p>{@code run} starts a command with the agent in its environment; {@code attach} and {@code detach} reach a JVM that
 * runs; {@code doctor} prints what {@link io.perilune.doctor} finds; {@code selftest} goes on with the tests that lie in the
 * jar as one file: TestNamespace finds a network namespace for them, ContractRun runs them in a JVM of their own and
 * TestResults reads what that prints.
 */
package io.perilune.cli;
