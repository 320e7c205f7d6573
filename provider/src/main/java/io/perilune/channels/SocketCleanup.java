package io.perilune.channels;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;

/**
 * Closes what is in user space of a socket that its program has lost without closing it, as the JDK's do with their
 * descriptors. Any thread.
 */
final class SocketCleanup {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Cleaner.Cleanable cleanable;

    private SocketCleanup(Cleaner.Cleanable cleanable) {
        this.cleanable = cleanable;
    }

    /** Of a socket, which what is to be closed must not know. */
    static SocketCleanup of(PeriluneSocketImpl socket, Closeable userHalf) {
        return new SocketCleanup(CLEANER.register(socket, () -> close(userHalf)));
    }

    private static void close(Closeable lost) {
        try {
            lost.close();
        } catch (IOException e) {
            // Nobody has it: there is nobody to tell.
            assert e != null;
        }
    }

    /** The socket is closed: nothing is left to do. */
    void cancel() {
        cleanable.clean();
    }
}
