package io.perilune.channels;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.NotYetConnectedException;
import java.util.Objects;

/** The bytes that a socket in user space receives. Any thread; reads follow one another. */
final class SocketInput extends InputStream {

    private final PeriluneSocketImpl socket;

    /** Whoever has read the end of the stream reads it again, even when the socket is closed, as from the JDK's. */
    private volatile boolean ended;

    SocketInput(PeriluneSocketImpl socket) {
        this.socket = socket;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) > 0 ? one[0] & 0xff : -1;
    }

    @Override
    public int read(byte[] destination, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, destination.length);
        if (length == 0) {
            return 0;
        }
        if (ended) {
            return -1;
        }
        try {
            int count = socket.connected().backend().read(destination, offset, length, socket.timeoutMs());
            ended = count < 0;
            return count;
        } catch (IOException | NotYetConnectedException e) {
            throw SocketImplExceptions.translated(e);
        }
    }

    @Override
    public int available() throws IOException {
        return socket.available();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
