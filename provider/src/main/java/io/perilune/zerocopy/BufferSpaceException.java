package io.perilune.zerocopy;

import java.net.SocketException;

/**
 * The program holds as much of the packet memory as it may, half of it: something must be released or written before more
 * is taken or allocated. Nothing is lost, and the connection goes on; {@code read} and {@code write} still work.
 */
public final class BufferSpaceException extends SocketException {

    private static final long serialVersionUID = 1L;

    /** Makes one that says what is held. */
    public BufferSpaceException(String message) {
        super(message);
    }
}
