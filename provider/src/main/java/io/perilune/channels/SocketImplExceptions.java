package io.perilune.channels;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;

/** What java.net throws where java.nio.channels throws something else. */
final class SocketImplExceptions {

    private SocketImplExceptions() {}

    /**
     * Returns what the JDK's SocketImpl throws where a channel throws the given exception.
     *
     * @throws RuntimeException the given one, if there is no other for it
     */
    static IOException translated(Exception e) {
        if (e instanceof SocketException || e instanceof InterruptedIOException) {
            return (IOException) e;
        }
        IOException translated;
        if (e instanceof ClosedByInterruptException) {
            // Of a virtual thread: java.net closes the socket and says that it is closed by interrupt.
            translated = new InterruptedIOException();
        } else if (e instanceof ClosedChannelException) {
            translated = new SocketException("Socket closed");
        } else if (e instanceof NotYetConnectedException) {
            translated = new SocketException("Not connected");
        } else if (e instanceof RuntimeException) {
            throw (RuntimeException) e;
        } else {
            translated = new SocketException(e.getMessage());
        }
        translated.initCause(e);
        return translated;
    }

    /** Returns the same for methods that may throw nothing but SocketException. */
    static SocketException asSocketException(IOException e) {
        IOException translated = translated(e);
        if (translated instanceof SocketException) {
            return (SocketException) translated;
        }
        SocketException only = new SocketException(translated.getMessage());
        only.initCause(e);
        return only;
    }
}
