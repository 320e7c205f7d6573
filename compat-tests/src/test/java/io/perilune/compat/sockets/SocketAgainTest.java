package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a socket is good for after something has failed, or after its end. */
class SocketAgainTest extends SocketContract {

    @Test
    void aServerThatFindsItsPortTakenListensOnAnother() throws Exception {
        ServerSocket taken = listen();
        ServerSocket server = closedLater(new ServerSocket());
        server.setReceiveBufferSize(70_000);
        server.setSoTimeout(PATIENCE_S * 1000);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> server.bind(new InetSocketAddress(taken.getLocalPort())))
                    .isInstanceOf(BindException.class);
            assertThat(server.isBound()).isFalse();
        }
        server.bind(new InetSocketAddress(0));
        assertThat(server.getSoTimeout()).isEqualTo(PATIENCE_S * 1000);
        assertThat(server.getReceiveBufferSize()).isGreaterThanOrEqualTo(70_000);
        assertConnects(closedLater(new Socket()), server);
    }

    @Test
    void aServerThatHasNotThatAddressListensOnAnother() throws Exception {
        ServerSocket server = closedLater(new ServerSocket());
        assertThatThrownBy(() -> server.bind(new InetSocketAddress("198.19.255.1", 0)))
                .isInstanceOf(BindException.class);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        assertConnects(closedLater(new Socket()), server);
    }

    @Test
    void aNameWithoutAddressDecidesNothing() throws Exception {
        ServerSocket server = listen();
        Socket socket = closedLater(new Socket());
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
        assertThatThrownBy(() -> socket.connect(nowhere))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("nowhere.invalid");
        if (socket.isClosed()) { // since JDK 24
            assertThatThrownBy(() -> socket.connect(addressOf(server))).isInstanceOf(SocketException.class);
        } else {
            assertConnects(socket, server);
        }
        Socket bound = closedLater(new Socket());
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        assertThatThrownBy(() -> bound.connect(nowhere)).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void anAddressOrNoneAfterARefusalIsAnsweredByWhatItIs() throws Exception {
        Socket socket = refused();
        if (!socket.isClosed()) { // before JDK 24
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 80)))
                    .isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void afterARefusalNoTimeoutCanBeSet() throws Exception {
        Socket socket = refused();
        assertThatThrownBy(() -> socket.setSoTimeout(10)).isInstanceOf(SocketException.class);
        assertThatThrownBy(socket::getSoTimeout).isInstanceOf(SocketException.class);
    }

    private Socket refused() throws IOException {
        ServerSocket gone = listen();
        gone.close();
        Socket socket = closedLater(new Socket());
        assertThatThrownBy(() -> socket.connect(addressOf(gone))).isInstanceOf(ConnectException.class);
        return socket;
    }

    @Test
    void theWildcardAddressToConnectToIsTheLocalHosts() throws Exception {
        ServerSocket server = closedLater(new ServerSocket(0, 50, InetAddress.getLocalHost()));
        Socket socket = closedLater(new Socket());
        socket.connect(new InetSocketAddress(server.getLocalPort()));
        assertThat(socket.getLocalAddress()).isEqualTo(InetAddress.getLocalHost());
        assertThat(closedLater(server.accept()).isConnected()).isTrue();
    }

    @Test
    void aClosedSocketHasTheWildcardAddress() throws Exception {
        Pair pair = connect();
        int port = pair.client().getLocalPort();
        pair.client().close();
        assertThat(pair.client().getLocalAddress().isAnyLocalAddress()).isTrue();
        assertThat(pair.client().getLocalPort()).isEqualTo(port);
        assertThat(pair.client().getInetAddress()).isEqualTo(InetAddress.getLoopbackAddress());
    }

    @Test
    void aServerHasItsOptionsStillWhenItListens() throws Exception {
        ServerSocket server = closedLater(new ServerSocket());
        server.setReuseAddress(false);
        server.setOption(StandardSocketOptions.IP_TOS, 40);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        assertThat(server.getReuseAddress()).isFalse();
        server.setReceiveBufferSize(50_000);
        assertThat(server.getReceiveBufferSize()).isGreaterThanOrEqualTo(50_000);
        Set<SocketOption<?>> options = new HashSet<>(server.supportedOptions());
        assertThat(options).contains(StandardSocketOptions.IP_TOS);
        assertThat(server.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(40);
    }

    @Test
    void urgentDataAfterTheEndIsABrokenPipe() throws Exception {
        Pair pair = connect();
        pair.client().shutdownOutput();
        assertThatThrownBy(() -> pair.client().sendUrgentData(1))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
    }

    private void assertConnects(Socket socket, ServerSocket server) throws IOException {
        socket.connect(addressOf(server));
        Socket accepted = closedLater(server.accept());
        accepted.getOutputStream().write(77);
        assertThat(socket.getInputStream().read()).isEqualTo(77);
    }
}
