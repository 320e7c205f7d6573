package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.compliance.Rfc;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class OptionsContractTest extends Contract {

    private List<SocketChannel> unconnectedConnectedAndAccepted() throws Exception {
        Pair pair = pair();
        return List.of(socket(), pair.client(), pair.accepted());
    }

    private static Set<String> names(Set<SocketOption<?>> options) {
        return options.stream().map(SocketOption::name).collect(Collectors.toSet());
    }

    @Test
    void socketsSupportWhatProgramsSet() throws Exception {
        assertThat(names(socket().supportedOptions()))
                .contains("SO_SNDBUF", "SO_RCVBUF", "SO_KEEPALIVE", "SO_REUSEADDR", "SO_REUSEPORT", "SO_LINGER")
                .contains("TCP_NODELAY", "IP_TOS", "SO_OOBINLINE")
                .contains("TCP_QUICKACK", "TCP_KEEPIDLE", "TCP_KEEPINTERVAL", "TCP_KEEPCOUNT");
    }

    @Test
    void serversSupportWhatProgramsSet() throws Exception {
        assertThat(names(unboundServer().supportedOptions()))
                .contains("SO_RCVBUF", "SO_REUSEADDR", "SO_REUSEPORT")
                .doesNotContain("TCP_NODELAY", "SO_LINGER");
    }

    @Test
    void supportedOptionsCannotBeModified() throws Exception {
        Set<SocketOption<?>> options = socket().supportedOptions();
        assertThatThrownBy(options::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void everySupportedOptionCanBeRead() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            for (SocketOption<?> option : channel.supportedOptions()) {
                assertThat(channel.getOption(option)).as(option.name()).isInstanceOf(option.type());
            }
        }
        for (ServerSocketChannel server : List.of(unboundServer(), server())) {
            for (SocketOption<?> option : server.supportedOptions()) {
                assertThat(server.getOption(option)).as(option.name()).isInstanceOf(option.type());
            }
        }
    }

    @Test
    void theDefaultsAreTheJdks() throws Exception {
        for (SocketChannel channel : List.of(socket(), pair().client())) {
            assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
            assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
            assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
            assertThat(channel.getOption(StandardSocketOptions.IP_TOS)).isZero();
            assertThat(channel.getOption(StandardSocketOptions.SO_SNDBUF)).isPositive();
            assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isPositive();
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(7200);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL))
                    .isEqualTo(75);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(9);
        }
        assertThat(socket().getOption(StandardSocketOptions.SO_REUSEADDR)).isFalse();
        assertThat(unboundServer().getOption(StandardSocketOptions.SO_REUSEADDR))
                .isTrue();
    }

    @Test
    @Rfc(number = 9293, section = "3.7.4", label = "MUST-17")
    @Rfc(number = 9293, section = "3.8.4", label = "MUST-24")
    void booleansAreReadBackAsSet() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            for (SocketOption<Boolean> option : List.of(
                    StandardSocketOptions.TCP_NODELAY,
                    StandardSocketOptions.SO_KEEPALIVE,
                    StandardSocketOptions.SO_REUSEADDR)) {
                assertThat(channel.setOption(option, true)).isSameAs(channel);
                assertThat(channel.getOption(option)).as(option.name()).isTrue();
                channel.setOption(option, false);
                assertThat(channel.getOption(option)).as(option.name()).isFalse();
            }
        }
    }

    @Test
    @Rfc(number = 9293, section = "3.8.4", label = "MUST-27")
    @Rfc(number = 9293, section = "3.9.1.9", label = "MUST-48")
    void numbersAreReadBackAsSet() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 7);
            assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(7);
            channel.setOption(StandardSocketOptions.SO_LINGER, -9);
            assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
            channel.setOption(StandardSocketOptions.SO_LINGER, 100_000);
            assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(65535);
            channel.setOption(StandardSocketOptions.SO_LINGER, -1);
            channel.setOption(StandardSocketOptions.IP_TOS, 0x10);
            assertThat(channel.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(0x10);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 11);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(11);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 12);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL))
                    .isEqualTo(12);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 13);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(13);
        }
    }

    @Test
    void bufferSizesAreTakenAsHints() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 65536);
            assertThat(channel.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(65536);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 0);
            assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isPositive();
        }
    }

    @Test
    void optionsSetBeforeConnectHoldAfterIt() throws Exception {
        SocketChannel channel = socket();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        channel.setOption(StandardSocketOptions.SO_LINGER, 3);
        channel.connect(server().getLocalAddress());
        assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(3);
        channel.setOption(StandardSocketOptions.SO_LINGER, -1);
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void valuesOfTheWrongTypeAreRefused() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            assertThatThrownBy(() -> channel.setOption((SocketOption) StandardSocketOptions.TCP_NODELAY, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Invalid value '1'");
            assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Invalid value 'null'");
        }
    }

    @Test
    void valuesOutOfRangeAreRefused() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.SO_SNDBUF, -1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Invalid send/receive buffer size");
            assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.IP_TOS, 256))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Invalid IP_TOS value");
            assertThatThrownBy(() -> channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 0))
                    .isInstanceOf(java.net.SocketException.class);
        }
    }

    @Test
    void unsupportedOptionsAreRefused() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("'IP_MULTICAST_TTL' not supported");
            assertThatThrownBy(() -> channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> channel.getOption(null)).isInstanceOf(NullPointerException.class);
        }
    }

    @Test
    void theAdaptorSetsTheSameOptions() throws Exception {
        SocketChannel channel = pair().client();
        Socket socket = channel.socket();
        socket.setTcpNoDelay(true);
        assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        socket.setKeepAlive(true);
        assertThat(socket.getKeepAlive()).isTrue();
        socket.setSoLinger(true, 5);
        assertThat(socket.getSoLinger()).isEqualTo(5);
        socket.setSoLinger(false, 5);
        assertThat(socket.getSoLinger()).isEqualTo(-1);
        socket.setTrafficClass(8);
        assertThat(socket.getTrafficClass()).isEqualTo(8);
        socket.setReuseAddress(true);
        assertThat(socket.getReuseAddress()).isTrue();
        socket.setOOBInline(true);
        assertThat(socket.getOOBInline()).isTrue();
        socket.setSendBufferSize(70_000);
        assertThat(socket.getSendBufferSize()).isEqualTo(70_000);
        socket.setReceiveBufferSize(70_000);
        assertThat(socket.getReceiveBufferSize()).isPositive();
        socket.setPerformancePreferences(1, 2, 3);
        assertThat(socket.supportedOptions()).isEqualTo(channel.supportedOptions());
    }

    @Test
    void theAdaptorChecksItsArguments() throws Exception {
        Socket socket = pair().client().socket();
        assertThatThrownBy(() -> socket.setSendBufferSize(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Invalid send size");
        assertThatThrownBy(() -> socket.setReceiveBufferSize(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Invalid receive size");
        assertThatThrownBy(() -> socket.setSoTimeout(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timeout < 0");
    }

    @Test
    void aServersOptionsAreSetAndReadBack() throws Exception {
        ServerSocketChannel server = unboundServer();
        server.setOption(StandardSocketOptions.SO_RCVBUF, 65536).setOption(StandardSocketOptions.SO_REUSEADDR, false);
        assertThat(server.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(65536);
        assertThat(server.getOption(StandardSocketOptions.SO_REUSEADDR)).isFalse();
        server.bind(loopback(0));
        assertThat(server.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(65536);
    }

    @Test
    void allOfTheJdksOptionsButTheCardsQueueAreSupported() throws Exception {
        // SO_INCOMING_NAPI_ID names a queue of the kernel's: a stack beside the kernel has none.
        Set<String> ofSockets =
                names(closing(World.JDK.provider().openSocketChannel()).supportedOptions());
        Set<String> ofServers =
                names(closing(World.JDK.provider().openServerSocketChannel()).supportedOptions());
        ofSockets.remove("SO_INCOMING_NAPI_ID");
        ofServers.remove("SO_INCOMING_NAPI_ID");
        assertThat(ofThisWorld(socket().supportedOptions())).isEqualTo(ofSockets);
        assertThat(ofThisWorld(unboundServer().supportedOptions())).isEqualTo(ofServers);
    }

    private Set<String> ofThisWorld(Set<SocketOption<?>> options) {
        Set<String> names = names(options);
        if (world == World.JDK) {
            names.remove("SO_INCOMING_NAPI_ID");
        }
        return names;
    }

    @Test
    void everySupportedBooleanAndNumberIsReadBack() throws Exception {
        for (SocketChannel channel : unconnectedConnectedAndAccepted()) {
            Socket socket = channel.socket();
            for (boolean on : new boolean[] {true, false}) {
                socket.setOOBInline(on);
                assertThat(socket.getOOBInline()).isEqualTo(on);
            }
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            assertThat(channel.getOption(StandardSocketOptions.SO_REUSEPORT)).isTrue();
        }
        ServerSocketChannel server = unboundServer();
        server.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 21);
        server.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 22);
        server.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 23);
        assertThat(server.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(21);
        assertThat(server.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(22);
        assertThat(server.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(23);
    }

    @Test
    void acceptedSocketsInheritTheServersKeepAliveTimes() throws Exception {
        ServerSocketChannel server = unboundServer();
        server.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 21);
        server.bind(loopback(0));
        socketConnectedTo(server);
        try (SocketChannel accepted = server.accept()) {
            assertThat(accepted.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(21);
        }
    }

    private void socketConnectedTo(ServerSocketChannel server) throws Exception {
        socket().connect(server.getLocalAddress());
    }

    @Test
    void anUrgentByteIsDiscardedUnlessWantedInline() throws Exception {
        Pair pair = pair();
        Socket sender = pair.client().socket();
        sender.getOutputStream().write('a');
        sender.sendUrgentData('u');
        sender.getOutputStream().write('b');
        assertThat(readExactly(pair.accepted(), 2)).isEqualTo("ab");
        pair.accepted().socket().setOOBInline(true);
        sender.sendUrgentData('v');
        sender.getOutputStream().write('c');
        assertThat(readExactly(pair.accepted(), 2)).isEqualTo("vc");
    }
}
