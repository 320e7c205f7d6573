/**
 * Puts Perilune under a program that knows nothing of it, when the JVM starts or while it runs. Start reading at {@link
 * io.perilune.agent.Agent}; {@link io.perilune.agent.Capture} is what the changed classes of the JDK ask.
 */
package io.perilune.agent;
