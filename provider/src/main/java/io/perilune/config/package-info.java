/**
 * Settings: one table of what can be set, and its values with where each came from.
 *
 * <p>In order: {@link io.perilune.config.Setting} is the table, from which the README's and the command line's are
 * made or checked; {@link io.perilune.config.Kind} says what values a setting takes and reads them; {@link
 * io.perilune.config.SettingsReader} looks where a user may have put one: system property, environment, agent
 * argument, file, the first of these that has it; {@link io.perilune.config.Settings} are the values. What is unknown
 * or not allowed is a {@link io.perilune.config.SettingException} that names it, where it came from, and what is
 * allowed.
 *
 * <p>A leaf: imports nothing of Perilune.
 */
package io.perilune.config;
