package io.perilune.bench;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Locale;
import java.util.function.Consumer;

/** How a program waits: it asks the Selector to wait, or asks again and again. */
enum Waiting {
    /** By {@code select()}. */
    SELECT {
        @Override
        void await(Selector selector) throws IOException {
            while (selector.select() == 0) {
                check(selector);
            }
        }

        @Override
        void await(Selector selector, Consumer<SelectionKey> action) throws IOException {
            while (selector.select(action) == 0) {
                check(selector);
            }
        }
    },
    /** By {@code selectNow()} in a loop. */
    SPIN {
        @Override
        void await(Selector selector) throws IOException {
            while (selector.selectNow() == 0) {
                check(selector);
            }
        }

        @Override
        void await(Selector selector, Consumer<SelectionKey> action) throws IOException {
            while (selector.selectNow(action) == 0) {
                check(selector);
            }
        }
    };

    /** Returns when at least one key is ready. */
    abstract void await(Selector selector) throws IOException;

    /** Returns when the action was done with at least one ready key. */
    abstract void await(Selector selector, Consumer<SelectionKey> action) throws IOException;

    /** Returns the one of that name, in small letters. */
    static Waiting of(String name) {
        for (Waiting waiting : values()) {
            if (waiting.name().equalsIgnoreCase(name)) {
                return waiting;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is neither select nor spin");
    }

    /** Returns its name in small letters. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static void check(Selector selector) throws IOException {
        if (!selector.isOpen() || Thread.currentThread().isInterrupted()) {
            throw new IOException("interrupted");
        }
    }
}
