package io.perilune.tcp;

/**
 * The options of one socket, as a user set them, before and after it is connected. Owned by the shard's driver once a
 * connection bears it.
 */
public final class TcpSocketOptions {
    /** Bytes, or 0: sized by the stack. */
    public int sendBuffer;
    /** Bytes, or 0: sized by the stack. */
    public int receiveBuffer;

    public boolean keepAlive;
    /** Seconds. */
    public int keepIdle = 7200;
    /** Seconds. */
    public int keepInterval = 75;

    public int keepCount = 9;
    public boolean reuseAddress;
    public boolean reusePort;
    /** Seconds, or -1: off. */
    public int linger = -1;

    public boolean noDelay;
    public boolean quickAck;
    public boolean oobInline;
    /** The TOS or traffic class octet. */
    public int trafficClass;

    /** Returns an independent copy: an accepted connection inherits its listener's options so. */
    public TcpSocketOptions copy() {
        TcpSocketOptions c = new TcpSocketOptions();
        c.sendBuffer = sendBuffer;
        c.receiveBuffer = receiveBuffer;
        c.keepAlive = keepAlive;
        c.keepIdle = keepIdle;
        c.keepInterval = keepInterval;
        c.keepCount = keepCount;
        c.reuseAddress = reuseAddress;
        c.reusePort = reusePort;
        c.linger = linger;
        c.noDelay = noDelay;
        c.quickAck = quickAck;
        c.oobInline = oobInline;
        c.trafficClass = trafficClass;
        return c;
    }
}
