package io.perilune.channels;

import io.perilune.tcp.TcpError;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

/** The exceptions that the JDK's channels throw, with their messages: programs look at both. Any thread. */
public final class SocketExceptions {

    /** Since 24 a connect of an adaptor says so if it is connected, and closes it if the name has no address. */
    static final boolean CONNECT_AS_SINCE_24 = Runtime.version().feature() >= 24;

    /** JDK 21 still has begun an operation that may block when it looks whether the channel is open; 25 looks first. */
    static final boolean BEGINS_BEFORE_IT_LOOKS = Runtime.version().feature() < 25;

    private SocketExceptions() {}

    /**
     * Of a connect, finishConnect or accept of a channel that is closed already. One that has begun by then ends as if
     * the channel were closed meanwhile.
     */
    static ClosedChannelException closedBefore(boolean blocking) {
        return blocking && BEGINS_BEFORE_IT_LOOKS ? new AsynchronousCloseException() : new ClosedChannelException();
    }

    /** Of a connect that failed. */
    public static IOException connect(TcpError error) {
        switch (error) {
            case CONNECTION_REFUSED:
                return new ConnectException("Connection refused");
            case TIMED_OUT:
                return new ConnectException("Connection timed out");
            case HOST_UNREACHABLE:
                return new NoRouteToHostException("No route to host");
            default:
                return other(error);
        }
    }

    /** Of a read. */
    public static IOException read(TcpError error) {
        return error == TcpError.CONNECTION_RESET ? new SocketException("Connection reset") : transfer(error);
    }

    /** Of the first write that meets the failure; those that follow get {@link #brokenPipe}. */
    static IOException write(TcpError error) {
        return transfer(error);
    }

    /** Of a write on a connection whose failure is known, or whose output is closed. */
    static IOException brokenPipe() {
        return new IOException("Broken pipe");
    }

    private static IOException transfer(TcpError error) {
        switch (error) {
            case CONNECTION_REFUSED:
                return new IOException("Connection refused");
            case CONNECTION_RESET:
                return new IOException("Connection reset by peer");
            case BROKEN_PIPE:
                return brokenPipe();
            case TIMED_OUT:
                return new IOException("Connection timed out");
            case HOST_UNREACHABLE:
                return new IOException("No route to host");
            case NET_UNREACHABLE:
                return new IOException("Network is unreachable");
            default:
                return other(error);
        }
    }

    private static IOException other(TcpError error) {
        switch (error) {
            case CONNECTION_RESET:
                return new SocketException("Connection reset by peer");
            case NET_UNREACHABLE:
                return new SocketException("Network is unreachable");
            case ADDRESS_IN_USE:
                return new BindException("Address already in use");
            case ADDRESS_NOT_AVAILABLE:
                return new BindException("Cannot assign requested address");
            case NO_BUFFERS:
                return new SocketException("No buffer space available");
            case ABORTED:
                return new SocketException("Software caused connection abort");
            case STACK_CLOSED:
                return new SocketException("Network is down");
            default:
                return new SocketException("Transport endpoint is not connected");
        }
    }

    /** Throws what a socket adaptor throws when its channel threw the given exception. */
    static void translate(Exception e) throws IOException {
        if (e instanceof IOException) {
            throw (IOException) e;
        }
        throw toSocketException(e);
    }

    /** Returns what the adaptors' option methods, which declare SocketException only, throw for the given exception. */
    static SocketException toSocketException(Exception e) {
        if (e instanceof SocketException) {
            return (SocketException) e;
        }
        String message;
        if (e instanceof ClosedChannelException) {
            message = "Socket is closed";
        } else if (e instanceof NotYetConnectedException) {
            message = "Socket is not connected";
        } else if (e instanceof AlreadyBoundException) {
            message = "Already bound";
        } else if (e instanceof AlreadyConnectedException && CONNECT_AS_SINCE_24) {
            message = "Already connected";
        } else if (e instanceof NotYetBoundException) {
            message = "Socket is not bound yet";
        } else if (e instanceof UnsupportedAddressTypeException) {
            message = "Unsupported address type";
        } else if (e instanceof UnresolvedAddressException) {
            message = "Unresolved address";
        } else if (e instanceof RuntimeException) {
            throw (RuntimeException) e;
        } else {
            message = e.getMessage();
        }
        SocketException translated = new SocketException(message);
        translated.initCause(e);
        return translated;
    }
}
