package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IPv4 and IPv6 sockets as the JDK has them: its javadoc of openSocketChannel(ProtocolFamily), RFC 3493 §3.7. */
class AddressFamilyContractTest extends Contract {

    private static final String MINE = "fd00:7065::2";

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aWildcardServerServesBothFamilies(String address) throws Exception {
        ServerSocketChannel server = unboundServer().bind(new InetSocketAddress(0));
        exchange(server, socket(), address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void eitherWildcardIsBoth(String wildcard) throws Exception {
        ServerSocketChannel server = unboundServer().bind(at(wildcard, 0));
        exchange(server, socket(), "::1");
        exchange(server, socket(), "127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void anIpv6ServerOnTheWildcardServesBothFamilies(String address) throws Exception {
        ServerSocketChannel server = closing(provider().openServerSocketChannel(StandardProtocolFamily.INET6));
        exchange(server.bind(null), socket(), address);
    }

    @Test
    void anIpv4ServerOnTheWildcardServesIpv4Alone() throws Exception {
        ServerSocketChannel server = closing(provider().openServerSocketChannel(StandardProtocolFamily.INET));
        server.bind(null);
        exchange(server, socket(), "127.0.0.1");
        SocketChannel client = socket();
        assertThatThrownBy(() -> client.connect(at("::1", port(server)))).isInstanceOf(ConnectException.class);
    }

    @Test
    void twoServersShareAPortInDifferentFamilies() throws Exception {
        ServerSocketChannel first = closing(provider().openServerSocketChannel(StandardProtocolFamily.INET));
        first.bind(at("127.0.0.1", 0));
        ServerSocketChannel second = unboundServer().bind(at("::1", port(first)));
        exchange(first, socket(), "127.0.0.1");
        exchange(second, socket(), "::1");
    }

    @Test
    void anIpv4ChannelRefusesIpv6Addresses() throws Exception {
        SocketChannel client = closing(provider().openSocketChannel(StandardProtocolFamily.INET));
        assertThatThrownBy(() -> client.connect(at("::1", 9))).isInstanceOf(UnsupportedAddressTypeException.class);
        SocketChannel bound = closing(provider().openSocketChannel(StandardProtocolFamily.INET));
        assertThatThrownBy(() -> bound.bind(at("::1", 0))).isInstanceOf(UnsupportedAddressTypeException.class);
        ServerSocketChannel server = closing(provider().openServerSocketChannel(StandardProtocolFamily.INET));
        assertThatThrownBy(() -> server.bind(at("::1", 0))).isInstanceOf(UnsupportedAddressTypeException.class);
    }

    @Test
    void anIpv6ChannelTakesIpv4Addresses() throws Exception {
        ServerSocketChannel server = unboundServer().bind(at("127.0.0.1", 0));
        SocketChannel client = closing(provider().openSocketChannel(StandardProtocolFamily.INET6));
        exchange(server, client, "127.0.0.1");
    }

    @Test
    void aClientBoundToTheWildcardConnectsInEitherFamily() throws Exception {
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            ServerSocketChannel server = unboundServer().bind(at(address, 0));
            exchange(server, socket().bind(new InetSocketAddress(0)), address);
        }
    }

    @Test
    void nobodyListensAtAnIpv6Port() throws Exception {
        ServerSocketChannel server = unboundServer().bind(at("::1", 0));
        int port = port(server);
        server.close();
        SocketChannel client = socket();
        assertThatThrownBy(() -> client.connect(at("::1", port)))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
    }

    @Test
    void theOwnIpv6AddressIsServed() throws Exception {
        Assumptions.assumeTrue(world == World.PERILUNE_ON_ITS_LOOPBACK, "only there is it anybody's address");
        exchange(unboundServer().bind(at(MINE, 0)), socket(), MINE);
        exchange(unboundServer().bind(null), socket(), MINE);
    }

    @Test
    void preferIpv4StackMakesAllChannelsIpv4() throws Exception {
        Assumptions.assumeTrue(world == World.PERILUNE_ON_ITS_LOOPBACK, "the JDK has read the property at its start");
        System.setProperty("java.net.preferIPv4Stack", "true");
        try {
            SocketChannel client = socket();
            assertThatThrownBy(() -> client.connect(at("::1", 9))).isInstanceOf(UnsupportedAddressTypeException.class);
            ServerSocketChannel server = unboundServer();
            assertThatThrownBy(() -> server.bind(at("::1", 0))).isInstanceOf(UnsupportedAddressTypeException.class);
            assertThatThrownBy(() -> provider().openSocketChannel(StandardProtocolFamily.INET6))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("IPv6 not available");
            exchange(server.bind(null), closing(provider().openSocketChannel()), "127.0.0.1");
        } finally {
            System.clearProperty("java.net.preferIPv4Stack");
        }
    }

    private void exchange(ServerSocketChannel server, SocketChannel client, String address) throws Exception {
        InetAddress expected = InetAddress.getByName(address);
        client.connect(at(address, port(server)));
        SocketChannel accepted = closing(server.accept());
        client.write(bytes("question"));
        assertThat(readExactly(accepted, 8)).isEqualTo("question");
        accepted.write(bytes("answer"));
        assertThat(readExactly(client, 6)).isEqualTo("answer");
        for (Object seen : new Object[] {
            client.getRemoteAddress(), client.getLocalAddress(), accepted.getRemoteAddress(), accepted.getLocalAddress()
        }) {
            InetAddress ip = ((InetSocketAddress) seen).getAddress();
            assertThat(ip).isEqualTo(expected);
            assertThat(ip).isInstanceOf(address.contains(":") ? Inet6Address.class : Inet4Address.class);
        }
    }

    private static int port(ServerSocketChannel server) throws Exception {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private static InetSocketAddress at(String address, int port) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(address), port);
    }
}
