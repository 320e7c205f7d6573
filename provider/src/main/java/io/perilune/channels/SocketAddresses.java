package io.perilune.channels;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;

/** Checks of addresses that are given to channels, in the JDK's order. Any thread. */
final class SocketAddresses {

    private SocketAddresses() {}

    /**
     * Returns the address if a socket of the family (null: both) can use it.
     *
     * @throws UnsupportedAddressTypeException if it is of another kind
     * @throws UnresolvedAddressException if it is not resolved
     */
    static InetSocketAddress check(SocketAddress address, ProtocolFamily family) {
        Objects.requireNonNull(address);
        if (!(address instanceof InetSocketAddress)) {
            throw new UnsupportedAddressTypeException();
        }
        InetSocketAddress internet = (InetSocketAddress) address;
        if (internet.isUnresolved()) {
            throw new UnresolvedAddressException();
        }
        if (family == StandardProtocolFamily.INET && !(internet.getAddress() instanceof Inet4Address)) {
            throw new UnsupportedAddressTypeException();
        }
        return internet;
    }

    /** Returns the address a connect goes to: the wildcard means the loopback address of its family. */
    static InetSocketAddress checkRemote(SocketAddress address, ProtocolFamily family) {
        InetSocketAddress internet = check(address, family);
        if (!internet.getAddress().isAnyLocalAddress()) {
            return internet;
        }
        byte[] loopback = internet.getAddress() instanceof Inet4Address
                ? new byte[] {127, 0, 0, 1}
                : new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        try {
            return new InetSocketAddress(InetAddress.getByAddress(loopback), internet.getPort());
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // only for arrays of another length
        }
    }
}
