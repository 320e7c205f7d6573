package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import org.junit.jupiter.api.Test;

/** Options of sockets, before and after they are connected (javadoc of Socket and ServerSocket). */
class SocketOptionsTest extends SocketContract {

    private static void optionsAreReadBackAsSet(Socket socket) throws Exception {
        for (boolean on : new boolean[] {true, false}) {
            socket.setTcpNoDelay(on);
            assertThat(socket.getTcpNoDelay()).isEqualTo(on);
            socket.setKeepAlive(on);
            assertThat(socket.getKeepAlive()).isEqualTo(on);
            socket.setReuseAddress(on);
            assertThat(socket.getReuseAddress()).isEqualTo(on);
            socket.setOOBInline(on);
            assertThat(socket.getOOBInline()).isEqualTo(on);
            socket.setSoLinger(on, 7);
            assertThat(socket.getSoLinger()).isEqualTo(on ? 7 : -1);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, on);
            assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isEqualTo(on);
        }
        socket.setSoTimeout(1234);
        assertThat(socket.getSoTimeout()).isEqualTo(1234);
        socket.setReceiveBufferSize(20_000);
        assertThat(socket.getReceiveBufferSize()).isGreaterThanOrEqualTo(20_000);
        socket.setSendBufferSize(20_000);
        assertThat(socket.getSendBufferSize()).isGreaterThanOrEqualTo(20_000);
        socket.setOption(StandardSocketOptions.SO_LINGER, 3);
        assertThat(socket.getSoLinger()).isEqualTo(3);
        socket.setSoLinger(false, 0);
    }

    @Test
    void ofASocketThatIsNotConnected() throws Exception {
        optionsAreReadBackAsSet(closedLater(new Socket()));
    }

    @Test
    void ofASocketThatIsConnected() throws Exception {
        Pair pair = connect();
        optionsAreReadBackAsSet(pair.client());
        optionsAreReadBackAsSet(pair.server());
    }

    @Test
    void whatWasSetBeforeConnectIsSetAfterIt() throws Exception {
        ServerSocket listening = listen();
        Socket socket = closedLater(new Socket());
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        socket.setSoLinger(true, 5);
        socket.setSoTimeout(77);
        socket.setTrafficClass(0x10);
        socket.connect(addressOf(listening));
        assertThat(socket.getTcpNoDelay()).isTrue();
        assertThat(socket.getKeepAlive()).isTrue();
        assertThat(socket.getSoLinger()).isEqualTo(5);
        assertThat(socket.getSoTimeout()).isEqualTo(77);
        assertThat(socket.getTrafficClass()).isEqualTo(0x10);
    }

    @Test
    void wrongValuesAreRefused() throws Exception {
        Pair pair = connect();
        for (Socket socket : new Socket[] {closedLater(new Socket()), pair.client()}) {
            assertThatThrownBy(() -> socket.setSoTimeout(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> socket.setSoLinger(true, -1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> socket.setSendBufferSize(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> socket.setReceiveBufferSize(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> socket.setTrafficClass(256)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> socket.setOption(null, true)).isInstanceOf(NullPointerException.class);
        }
    }

    @Test
    void eachSupportedOptionCanBeRead() throws Exception {
        Pair pair = connect();
        ServerSocket server = listen();
        for (Socket socket : new Socket[] {closedLater(new Socket()), pair.client(), pair.server()}) {
            assertThat(socket.supportedOptions())
                    .contains(
                            StandardSocketOptions.SO_RCVBUF,
                            StandardSocketOptions.SO_SNDBUF,
                            StandardSocketOptions.SO_REUSEADDR,
                            StandardSocketOptions.SO_REUSEPORT,
                            StandardSocketOptions.SO_KEEPALIVE,
                            StandardSocketOptions.SO_LINGER,
                            StandardSocketOptions.TCP_NODELAY,
                            StandardSocketOptions.IP_TOS);
            for (var option : socket.supportedOptions()) {
                assertThat((Object) socket.getOption(option)).isInstanceOf(option.type());
            }
        }
        assertThat(server.supportedOptions())
                .contains(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR);
        for (var option : server.supportedOptions()) {
            assertThat((Object) server.getOption(option)).isInstanceOf(option.type());
        }
    }

    @Test
    void ofAServer() throws Exception {
        ServerSocket fresh = closedLater(new ServerSocket());
        fresh.setReuseAddress(false);
        assertThat(fresh.getReuseAddress()).isFalse();
        fresh.setReceiveBufferSize(30_000);
        assertThat(fresh.getReceiveBufferSize()).isGreaterThanOrEqualTo(30_000);
        assertThatThrownBy(() -> fresh.setReceiveBufferSize(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fresh.setSoTimeout(-1)).isInstanceOf(IllegalArgumentException.class);
        fresh.setOption(StandardSocketOptions.SO_RCVBUF, 40_000);
        assertThat(fresh.getOption(StandardSocketOptions.SO_RCVBUF)).isGreaterThanOrEqualTo(40_000);
        ServerSocket listening = listen();
        listening.setReceiveBufferSize(50_000);
        assertThat(listening.getReceiveBufferSize()).isGreaterThanOrEqualTo(50_000);
        listening.setSoTimeout(9);
        assertThat(listening.getSoTimeout()).isEqualTo(9);
        assertThat(closedLater(new ServerSocket()).getReuseAddress()).isTrue();
    }
}
