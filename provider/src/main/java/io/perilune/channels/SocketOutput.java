package io.perilune.channels;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.Objects;

/** The bytes that a socket in user space sends. Any thread; writes follow one another. */
final class SocketOutput extends OutputStream {

    private final PeriluneSocketImpl socket;

    SocketOutput(PeriluneSocketImpl socket) {
        this.socket = socket;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        PeriluneSocketChannel to = socket.connected();
        try {
            to.backend().write(bytes, offset, length);
        } catch (IOException | NotYetConnectedException e) {
            boolean shut = e instanceof ClosedChannelException && to.isOpen();
            throw shut ? new SocketException("Broken pipe") : SocketImplExceptions.translated(e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
