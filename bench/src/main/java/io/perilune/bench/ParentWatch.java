package io.perilune.bench;

import java.io.IOException;

/** Ends this JVM when the one that started it has, even if that was killed: its end of our standard input closes then. */
final class ParentWatch {

    private static final int ORPHANED = 3;

    private ParentWatch() {}

    /** Starts it. */
    static void start() {
        Thread thread = new Thread(ParentWatch::watch, "parent-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private static void watch() {
        try {
            while (System.in.read() >= 0) {
                // What it writes means nothing.
            }
        } catch (IOException e) {
            System.err.println("standard input: " + e);
        }
        Runtime.getRuntime().halt(ORPHANED);
    }
}
