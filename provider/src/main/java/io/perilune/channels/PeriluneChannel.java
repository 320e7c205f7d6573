package io.perilune.channels;

import io.perilune.loop.UserStack;
import java.io.IOException;
import java.nio.channels.SelectableChannel;

/** What a {@link PeriluneSelector} asks of Perilune's own channels. */
interface PeriluneChannel {

    /**
     * What the user-space half is ready for now, in SelectionKey's bits; 0 if there is none. Any thread, does not
     * block.
     */
    int userReadyOps();

    /** The stack of the user-space half, or null while there is none. */
    UserStack userStack();

    /**
     * The kernel half, or null. An undecided channel makes one: the kernel then answers as for any unconnected socket.
     */
    SelectableChannel kernelPart() throws IOException;

    /** A key was made: the channel's readiness is to be told to it from now on. */
    void keyAdded(PeriluneSelectionKey key);

    /** The key has left its selector. */
    void keyRemoved(PeriluneSelectionKey key);

    /** Finishes a close that was deferred because of registrations; the channel is on no selector any more. */
    void kill();
}
