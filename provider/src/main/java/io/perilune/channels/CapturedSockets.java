package io.perilune.channels;

import java.net.SocketImpl;

/**
 * Makes what java.net.Socket and ServerSocket are made of, for the agent. It must have opened java.net and sun.nio.ch to
 * this module and must see {@link PeriluneSocketImpl} being loaded, so nothing else names that class. Any thread.
 */
public final class CapturedSockets {

    private CapturedSockets() {}

    /**
     * Makes one.
     *
     * @param provider makes its user-space half
     * @param platform what the JDK would use, new; it is used where the kernel has the socket
     * @param server whether it is a ServerSocket's
     * @param captured false for one that is not to leave the kernel
     */
    public static SocketImpl create(ChannelProvider provider, SocketImpl platform, boolean server, boolean captured) {
        return new PeriluneSocketImpl(provider, provider.source(), platform, server, captured);
    }

    /**
     * Returns what the JDK's own server shall accept a connection into.
     *
     * @param wanted what it was told to
     */
    public static SocketImpl acceptedByPlatform(SocketImpl wanted) {
        return wanted instanceof PeriluneSocketImpl ? ((PeriluneSocketImpl) wanted).yieldToPlatform() : wanted;
    }
}
