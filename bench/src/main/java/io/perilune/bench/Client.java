package io.perilune.bench;

import java.util.Locale;

/** Which program asks the servers on Perilune; picocli knows them by these names in small letters. */
enum Client {
    /** A stock program, as on the kernel. */
    NIO(MessageClient.class, "a java.nio program, which copies"),
    /** Perilune's streams: cheaper, so that servers show more of their difference. */
    INLINE(InlineClient.class, "Perilune's inline handlers, and not a java.nio program as on the kernel");

    private final Class<?> program;
    private final String description;

    Client(Class<?> program, String description) {
        this.program = program;
        this.description = description;
    }

    /** Returns its program. */
    Class<?> program() {
        return program;
    }

    /** Returns what it is, for the list of what is unequal. */
    String description() {
        return description;
    }

    /** Returns its name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
