package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Bind, connect and accept, and what sockets tell of themselves (javadoc of Socket and ServerSocket). */
class SocketAddressesTest extends SocketContract {

    @Test
    void aNewSocketIsNothingYet() throws Exception {
        Socket socket = closedLater(new Socket());
        assertThat(socket.isBound()).isFalse();
        assertThat(socket.isConnected()).isFalse();
        assertThat(socket.isClosed()).isFalse();
        assertThat(socket.getPort()).isZero();
        assertThat(socket.getLocalPort()).isEqualTo(-1);
        assertThat(socket.getInetAddress()).isNull();
        assertThat(socket.getRemoteSocketAddress()).isNull();
        assertThat(socket.getLocalSocketAddress()).isNull();
        assertThat(socket.getChannel()).isNull();
        assertThatThrownBy(socket::getInputStream).hasMessage("Socket is not connected");
        assertThatThrownBy(socket::getOutputStream).hasMessage("Socket is not connected");
        assertThatThrownBy(socket::shutdownOutput).hasMessage("Socket is not connected");
        assertThat(socket).hasToString("Socket[unconnected]");
    }

    @Test
    void bothEndsKnowBothAddresses() throws Exception {
        ServerSocket listening = listen();
        Socket client = closedLater(new Socket(listening.getInetAddress(), listening.getLocalPort()));
        Socket server = closedLater(listening.accept());
        assertThat(client.getPort()).isEqualTo(listening.getLocalPort());
        assertThat(client.getRemoteSocketAddress()).isEqualTo(addressOf(listening));
        assertThat(server.getLocalSocketAddress()).isEqualTo(addressOf(listening));
        assertThat(server.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
        assertThat(server.getPort()).isEqualTo(client.getLocalPort()).isPositive();
        assertThat(client.getLocalAddress()).isEqualTo(InetAddress.getLoopbackAddress());
        assertThat(server.getInetAddress()).isEqualTo(InetAddress.getLoopbackAddress());
        assertThat(client.isConnected() && client.isBound() && server.isConnected() && server.isBound())
                .isTrue();
        assertThat(client.toString()).contains("port=" + listening.getLocalPort());
    }

    @Test
    void connectIsRefusedWhereNobodyListens() throws Exception {
        ServerSocket listening = listen();
        InetSocketAddress address = addressOf(listening);
        listening.close();
        for (int timeout : new int[] {0, PATIENCE_S * 1000}) {
            Socket socket = closedLater(new Socket());
            assertThatThrownBy(() -> socket.connect(address, timeout))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("Connection refused");
            assertThatThrownBy(() -> socket.connect(address, timeout)).isInstanceOf(SocketException.class);
        }
        assertThatThrownBy(() -> closedLater(new Socket(address.getAddress(), address.getPort())))
                .isInstanceOf(ConnectException.class);
    }

    @Test
    void connectChecksItsArguments() throws Exception {
        Socket socket = closedLater(new Socket());
        assertThatThrownBy(() -> socket.connect(null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> socket.connect(addressOf(listen()), -1)).isInstanceOf(IllegalArgumentException.class);
        Socket unresolved = closedLater(new Socket());
        assertThatThrownBy(() -> unresolved.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 1)))
                .isInstanceOf(UnknownHostException.class);
        Pair pair = connect();
        assertThatThrownBy(() -> pair.client().connect(addressOf(listen())))
                .isInstanceOf(SocketException.class)
                .hasMessageMatching("(?i)already connected");
    }

    @Test
    void aSocketConnectsFromWhereItIsBound() throws Exception {
        ServerSocket listening = listen();
        Socket anyPort = closedLater(new Socket());
        anyPort.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        int port = anyPort.getLocalPort();
        assertThat(port).isPositive();
        assertThat(anyPort.isBound()).isTrue();
        assertThatThrownBy(() -> anyPort.bind(null))
                .isInstanceOf(SocketException.class)
                .hasMessage("Already bound");
        anyPort.connect(addressOf(listening));
        assertThat(closedLater(listening.accept()).getPort()).isEqualTo(port);

        Socket anyAddress = closedLater(new Socket());
        anyAddress.bind(null);
        int kept = anyAddress.getLocalPort();
        assertThat(kept).isPositive();
        anyAddress.connect(addressOf(listening));
        assertThat(closedLater(listening.accept()).getPort()).isEqualTo(kept);
        assertThat(anyAddress.getLocalPort()).isEqualTo(kept);
        assertThat(anyAddress.getLocalAddress()).isEqualTo(InetAddress.getLoopbackAddress());
    }

    @Test
    void aSocketWithoutProxyAndOneThatConnectsAtOnceAreTheSame() throws Exception {
        ServerSocket listening = listen();
        Socket direct = closedLater(new Socket(Proxy.NO_PROXY));
        direct.connect(addressOf(listening));
        closedLater(listening.accept()).getOutputStream().write(3);
        assertThat(direct.getInputStream().read()).isEqualTo(3);
        Socket atOnce = closedLater(new Socket(
                InetAddress.getLoopbackAddress(), listening.getLocalPort(), InetAddress.getLoopbackAddress(), 0));
        closedLater(listening.accept()).getOutputStream().write(4);
        assertThat(atOnce.getInputStream().read()).isEqualTo(4);
    }

    @Test
    void aServerTellsWhereItListens() throws Exception {
        ServerSocket server = closedLater(new ServerSocket());
        assertThat(server.isBound()).isFalse();
        assertThat(server.getLocalPort()).isEqualTo(-1);
        assertThat(server.getLocalSocketAddress()).isNull();
        assertThatThrownBy(server::accept).isInstanceOf(SocketException.class).hasMessage("Socket is not bound yet");
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        assertThat(server.isBound()).isTrue();
        assertThat(server.getLocalPort()).isPositive();
        assertThat(server.getInetAddress()).isEqualTo(InetAddress.getLoopbackAddress());
        assertThat(server.getChannel()).isNull();
        assertThat(server.toString()).contains("localport=" + server.getLocalPort());
        assertThatThrownBy(() -> server.bind(null))
                .isInstanceOf(SocketException.class)
                .hasMessage("Already bound");
        server.close();
        assertThat(server.isClosed()).isTrue();
        assertThatThrownBy(server::accept)
                .isInstanceOf(SocketException.class)
                .hasMessageMatching("Socket (is )?closed");
    }

    @Test
    void aPortThatIsTakenIsRefused() throws Exception {
        ServerSocket first = listen();
        ServerSocket second = closedLater(new ServerSocket());
        assertThatThrownBy(() -> second.bind(addressOf(first)))
                .isInstanceOf(BindException.class)
                .hasMessageStartingWith("Address already in use");
        first.close();
        ServerSocket third = closedLater(new ServerSocket());
        third.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Test
    void anAcceptThatTakesTooLongCanBeRepeated() throws Exception {
        acceptRepeatedly(listen());
    }

    @Test
    void anAcceptOnTheWildcardAddressLikewise() throws Exception {
        acceptRepeatedly(closedLater(new ServerSocket(0)));
    }

    private void acceptRepeatedly(ServerSocket server) throws Exception {
        server.setSoTimeout(20);
        assertThat(server.getSoTimeout()).isEqualTo(20);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(server::accept)
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Accept timed out");
        }
        server.setSoTimeout(PATIENCE_S * 1000);
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            if (server.getInetAddress().isAnyLocalAddress() || address.equals("127.0.0.1")) {
                FutureTask<Socket> connecting = beside(() -> {
                    Socket socket = new Socket();
                    socket.connect(new InetSocketAddress(InetAddress.getByName(address), server.getLocalPort()));
                    return socket;
                });
                closedLater(server.accept());
                closedLater(resultOf(connecting));
            }
        }
    }

    @Test
    void aServerOnTheWildcardAddressIsReachedOnAllOthers() throws Exception {
        ServerSocket server = closedLater(new ServerSocket(0));
        assertThat(server.getInetAddress().isAnyLocalAddress()).isTrue();
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            Socket client = closedLater(new Socket());
            client.connect(new InetSocketAddress(InetAddress.getByName(address), server.getLocalPort()));
            Socket accepted = closedLater(server.accept());
            client.getOutputStream().write(6);
            assertThat(accepted.getInputStream().read()).isEqualTo(6);
            assertThat(accepted.getInetAddress()).isEqualTo(InetAddress.getByName(address));
        }
    }

    @Test
    void aServerMayMakeItsOwnKindOfSocket() throws Exception {
        final class Named extends Socket {}
        ServerSocket server = closedLater(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()) {
            @Override
            public Socket accept() throws IOException {
                Socket named = new Named();
                implAccept(named);
                return named;
            }
        });
        Socket client = closedLater(new Socket());
        client.connect(addressOf(server));
        Socket accepted = closedLater(server.accept());
        assertThat(accepted).isInstanceOf(Named.class);
        assertThat(accepted.isConnected()).isTrue();
        accepted.getOutputStream().write(1);
        assertThat(client.getInputStream().read()).isEqualTo(1);
    }

    @Test
    void manyConnectToOneServer() throws Exception {
        ServerSocket server = listen();
        int count = 100;
        FutureTask<Void> connecting = beside(() -> {
            for (int i = 0; i < count; i++) {
                try (Socket socket = new Socket()) {
                    socket.connect(addressOf(server));
                    socket.getOutputStream().write(i);
                    if (socket.getInputStream().read() != i) {
                        throw new IOException("another byte came back");
                    }
                }
            }
            return null;
        });
        for (int i = 0; i < count; i++) {
            try (Socket accepted = server.accept()) {
                accepted.getOutputStream().write(accepted.getInputStream().read());
            }
        }
        resultOf(connecting);
    }
}
