package io.perilune.channels;

import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserStack;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

/**
 * What a {@link PeriluneSocketChannel} is made of underneath, at this moment. Any thread. Each call checks and throws
 * as the method of SocketChannel (or, where noted, of another) with the same name does.
 */
interface SocketBackend {

    int read(ByteBuffer destination) throws IOException;

    long read(ByteBuffer[] destinations, int offset, int length) throws IOException;

    int write(ByteBuffer source) throws IOException;

    long write(ByteBuffer[] sources, int offset, int length) throws IOException;

    // Of ZeroCopyChannel.

    boolean isZeroCopy();

    int take(PacketBytes[] destinations, int offset, int length) throws IOException;

    int write(PacketBytes[] sources, int offset, int length) throws IOException;

    PacketBytes allocate() throws IOException;

    // Of SocketChannel again.

    void bind(SocketAddress local) throws IOException;

    boolean connect(SocketAddress remote) throws IOException;

    boolean finishConnect() throws IOException;

    void shutdownInput() throws IOException;

    void shutdownOutput() throws IOException;

    /** After the checks of name and type. */
    <T> void setOption(SocketOption<T> name, T value) throws IOException;

    <T> T getOption(SocketOption<T> name) throws IOException;

    boolean isConnected();

    boolean isConnectionPending();

    boolean isInputShutdown();

    boolean isOutputShutdown();

    /** Null while not bound; still there after close. */
    InetSocketAddress localAddress();

    /** Null while not connected nor connecting; still there after close. */
    InetSocketAddress remoteAddress();

    void configureBlocking(boolean block) throws IOException;

    /**
     * The channel was closed; its blocking mode is still known. Defers as SocketChannel's close does while registered.
     */
    void close() throws IOException;

    /** See {@link PeriluneChannel#kill}. */
    void kill();

    // For the adaptor and its streams; the channel must be blocking.

    /** Of the adaptor, which translates the exceptions: milliseconds, 0 for ever; the channel must be blocking. */
    void connect(SocketAddress remote, int timeoutMs) throws IOException;

    /** Of the adaptor's stream: milliseconds, 0 for ever. */
    int read(byte[] destination, int offset, int length, int timeoutMs) throws IOException;

    /** Of the adaptor's stream: returns when all is written. */
    void write(byte[] source, int offset, int length) throws IOException;

    int available() throws IOException;

    void sendUrgentData(int data) throws IOException;

    // For the selector.

    int userReadyOps();

    UserStack userStack();

    SelectableChannel kernelPart() throws IOException;

    void keyAdded(PeriluneSelectionKey key);

    void keyRemoved(PeriluneSelectionKey key);

    /** Returns its part in the Selectors of the JDK; the channel's decision lock is held. */
    JdkSelection selectedByJdk() throws IOException;

    /** Tells the given listener of readiness, if this is in user space; null is nobody. */
    void watchedBy(ReadyListener listener);

    /** What toString of the channel prints. */
    String describe();
}
