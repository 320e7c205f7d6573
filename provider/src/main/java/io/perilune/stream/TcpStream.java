package io.perilune.stream;

import io.perilune.channels.SocketExceptions;
import io.perilune.loop.InlineSocket;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A stream: an inline socket with a handler. */
final class TcpStream extends InlineSocket implements Stream {

    private final StreamHandler handler;
    private Object attachment;
    private boolean established;

    TcpStream(UserStack stack, TcpSocketOptions options, StreamHandler handler) {
        super(stack, options);
        this.handler = handler;
    }

    /** Begins to connect. Any thread. */
    void begin(InetSocketAddress destination) throws IOException {
        TcpError error = connect(destination);
        if (error != TcpError.NONE) {
            throw SocketExceptions.connect(error);
        }
    }

    @Override
    public Object attachment() {
        return attachment;
    }

    @Override
    public void attach(Object newAttachment) {
        attachment = newAttachment;
    }

    @Override
    protected void opened() {
        established = true;
        handler.opened(this);
    }

    @Override
    protected void received(PacketBytes bytes) {
        handler.data(this, bytes);
    }

    @Override
    protected void roomAgain() {
        handler.writable(this);
    }

    @Override
    protected void inputEnded() {
        handler.ended(this);
    }

    @Override
    protected void over(TcpError reason, Throwable thrown) {
        handler.closed(this, thrown == null ? cause(reason) : thrown);
    }

    private Throwable cause(TcpError reason) {
        if (reason == TcpError.NONE) {
            return null;
        }
        return established ? SocketExceptions.read(reason) : SocketExceptions.connect(reason);
    }

    @Override
    protected Object watched() {
        return handler;
    }

    @Override
    public String toString() {
        return "stream " + localAddress() + " -> " + remoteAddress();
    }
}
