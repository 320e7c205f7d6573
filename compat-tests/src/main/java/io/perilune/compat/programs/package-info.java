/**
 * Small stock programs: clients and servers written against java.nio, com.sun.net.httpserver and java.net.http as
 * anybody would write them. None of them knows of Perilune, and each is one file, so that {@code java FILE.java} runs it.
 */
package io.perilune.compat.programs;
