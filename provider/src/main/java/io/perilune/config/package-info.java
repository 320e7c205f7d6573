/** Settings: one table of what can be set, and its values with where each came from. A leaf: imports nothing of Perilune. */
package io.perilune.config;
