/** TCP by RFC 9293 and its companions. No threads, no clock, no native code. */
package io.perilune.tcp;
