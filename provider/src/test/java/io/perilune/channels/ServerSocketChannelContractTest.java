package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ServerSocketChannelContractTest extends Contract {

    @Test
    @Tag(World.ONE_PROVIDER)
    void aNewServerIsUnbound() throws Exception {
        ServerSocketChannel server = unboundServer();
        assertThat(server.getLocalAddress()).isNull();
        assertThat(server.isBlocking()).isTrue();
        assertThat(server.provider()).isSameAs(provider());
        assertThat(server.toString()).endsWith("[unbound]");
        assertThatThrownBy(server::accept).isInstanceOf(NotYetBoundException.class);
        assertThatThrownBy(() -> server.socket().accept())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is not bound yet");
    }

    @Test
    void bindGivesAPort() throws Exception {
        ServerSocketChannel server = unboundServer();
        assertThat(server.bind(loopback(0))).isSameAs(server);
        InetSocketAddress local = (InetSocketAddress) server.getLocalAddress();
        assertThat(local.getPort()).isPositive();
        assertThat(local.getAddress()).isEqualTo(loopback(0).getAddress());
    }

    @Test
    void bindToNullIsTheWildcard() throws Exception {
        ServerSocketChannel server = unboundServer().bind(null);
        assertThat(((InetSocketAddress) server.getLocalAddress()).getAddress().isAnyLocalAddress())
                .isTrue();
        SocketChannel client = socket();
        client.connect(loopback(((InetSocketAddress) server.getLocalAddress()).getPort()));
        assertThat(closing(server.accept()).isConnected()).isTrue();
    }

    @Test
    void aSecondBindIsRefused() throws Exception {
        ServerSocketChannel server = server();
        assertThatThrownBy(() -> server.bind(null)).isInstanceOf(AlreadyBoundException.class);
        assertThatThrownBy(() -> server.socket().bind(null))
                .isInstanceOf(SocketException.class)
                .hasMessage("Already bound");
    }

    @Test
    void bindToATakenPortIsRefusedAndMayBeTriedAgain() throws Exception {
        SocketAddress taken = server().getLocalAddress();
        ServerSocketChannel server = unboundServer();
        assertThatThrownBy(() -> server.bind(taken))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        assertThat(server.isOpen()).isTrue();
        assertThat(server.bind(loopback(0)).getLocalAddress()).isNotNull();
    }

    @Test
    void bindToAnAddressOfNobodyIsRefused() throws Exception {
        ServerSocketChannel server = unboundServer();
        assertThatThrownBy(() -> server.bind(new InetSocketAddress("198.18.77.77", 0)))
                .isInstanceOf(BindException.class)
                .hasMessage("Cannot assign requested address");
        assertThatThrownBy(() -> server.bind(InetSocketAddress.createUnresolved("nobody.invalid", 0)))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> server.bind(new SocketAddress() {}))
                .isInstanceOf(UnsupportedAddressTypeException.class);
    }

    @Test
    void aPortIsFreeAgainAfterClose() throws Exception {
        ServerSocketChannel first = server();
        SocketAddress address = first.getLocalAddress();
        first.close();
        assertThat(unboundServer().bind(address).getLocalAddress()).isEqualTo(address);
    }

    @Test
    void anyBacklogIsTaken() throws Exception {
        assertThat(unboundServer().bind(loopback(0), -5).getLocalAddress()).isNotNull();
        assertThat(unboundServer().bind(loopback(0), 1).getLocalAddress()).isNotNull();
    }

    @Test
    void nonBlockingAcceptOfNobodyReturnsNull() throws Exception {
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        assertThat(server.accept()).isNull();
    }

    @Test
    void blockingAcceptWaitsForAConnection() throws Exception {
        ServerSocketChannel server = server();
        Running<SocketChannel> accepting = inSecondThread(server::accept).untilItWaits();
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        SocketChannel accepted = closing(accepting.get());
        assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
        assertThat(accepted.isBlocking()).isTrue();
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void acceptedChannelsBlockEvenIfTheServerDoesNot() throws Exception {
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        socket().connect(server.getLocalAddress());
        SocketChannel accepted = null;
        while (accepted == null) {
            accepted = server.accept();
        }
        assertThat(closing(accepted).isBlocking()).isTrue();
        assertThat(accepted.provider()).isSameAs(provider());
    }

    @Test
    void connectionsAreAcceptedInTheirOrder() throws Exception {
        ServerSocketChannel server = server();
        for (int i = 0; i < 5; i++) {
            SocketChannel client = socket();
            client.connect(server.getLocalAddress());
            assertThat(closing(server.accept()).getRemoteAddress()).isEqualTo(client.getLocalAddress());
        }
    }

    @Test
    void closeEndsABlockedAccept() throws Exception {
        ServerSocketChannel server = server();
        Running<SocketChannel> accepting = inSecondThread(server::accept).untilItWaits();
        server.close();
        assertThat(accepting.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void interruptEndsABlockedAcceptAndClosesTheServer() throws Exception {
        ServerSocketChannel server = server();
        Running<SocketChannel> accepting = inSecondThread(server::accept).untilItWaits();
        accepting.thread.interrupt();
        assertThat(accepting.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void everythingOfAClosedServerIsRefused() throws Exception {
        ServerSocketChannel server = server();
        int port = server.socket().getLocalPort();
        server.close();
        assertThatThrownBy(server::accept).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> server.bind(null)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(server::getLocalAddress).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> server.getOption(StandardSocketOptions.SO_RCVBUF))
                .isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> server.configureBlocking(false)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> server.socket().accept()).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> server.socket().getReceiveBufferSize())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
        assertThat(server.socket().isClosed()).isTrue();
        assertThat(server.socket().getLocalPort()).isEqualTo(port);
        assertThat(server.toString()).endsWith("[closed]");
    }

    @Test
    void theAdaptorBindsAndAccepts() throws Exception {
        ServerSocketChannel server = unboundServer();
        assertThat(server.socket().isBound()).isFalse();
        assertThat(server.socket().getLocalPort()).isEqualTo(-1);
        assertThat(server.socket().toString()).isEqualTo("ServerSocket[unbound]");
        server.socket().bind(loopback(0), 5);
        assertThat(server.socket().isBound()).isTrue();
        assertThat(server.socket().getLocalPort()).isPositive();
        assertThat(server.socket().getInetAddress()).isEqualTo(loopback(0).getAddress());
        assertThat(server.socket().getLocalSocketAddress()).isEqualTo(server.getLocalAddress());
        assertThat(server.socket().getChannel()).isSameAs(server);
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        java.net.Socket accepted = closing(server.socket().accept());
        assertThat(accepted.getChannel().getRemoteAddress()).isEqualTo(client.getLocalAddress());
    }

    @Test
    void theAdaptorsAcceptTimesOut() throws Exception {
        ServerSocketChannel server = server();
        server.socket().setSoTimeout(60);
        assertThat(server.socket().getSoTimeout()).isEqualTo(60);
        long start = System.nanoTime();
        assertThatThrownBy(() -> server.socket().accept())
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessage("Accept timed out");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(59));
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        server.socket().setSoTimeout(10_000);
        assertThat(closing(server.socket().accept()).isConnected()).isTrue();
    }

    @Test
    void theAdaptorsAcceptOfANonBlockingServerIsRefusedIfNobodyIsThere() throws Exception {
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        assertThatThrownBy(() -> server.socket().accept()).isInstanceOf(IllegalBlockingModeException.class);
        server.socket().setSoTimeout(10);
        assertThatThrownBy(() -> server.socket().accept()).isInstanceOf(IllegalBlockingModeException.class);
    }

    @Test
    void theAdaptorsAcceptOfANonBlockingServerIsRefusedEvenIfItIsClosed() throws Exception {
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        server.socket().setSoTimeout(10);
        server.close();
        assertThatThrownBy(server.socket()::accept)
                .isExactlyInstanceOf(java.nio.channels.IllegalBlockingModeException.class);
    }

    @Test
    void theAdaptorChecksItsArguments() throws Exception {
        ServerSocketChannel server = server();
        assertThatThrownBy(() -> server.socket().setSoTimeout(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timeout < 0");
        assertThatThrownBy(() -> server.socket().setReceiveBufferSize(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size cannot be 0 or negative");
        server.socket().setReuseAddress(false);
        assertThat(server.socket().getReuseAddress()).isFalse();
    }

    @Test
    void aPortOnWhichOnlyConnectionsLiveIsTakenForWhoDoesNotReuseAddresses() throws Exception {
        ServerSocketChannel server = server();
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        SocketChannel client = socket();
        client.connect(address);
        closing(server.accept());
        server.close();
        ServerSocketChannel strict = unboundServer().setOption(StandardSocketOptions.SO_REUSEADDR, false);
        assertThatThrownBy(() -> strict.bind(address))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        assertThat(unboundServer().bind(address).getLocalAddress()).isEqualTo(address);
    }

    @Test
    void theClosedEndOfAConnectionKeepsItsPortForAWhile() throws Exception {
        ServerSocketChannel server = server();
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        SocketChannel client = socket();
        client.connect(address);
        server.accept().close();
        server.close();
        assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        client.close(); // the other end is in TIME-WAIT now, as it closed first
        ServerSocketChannel strict = unboundServer().setOption(StandardSocketOptions.SO_REUSEADDR, false);
        assertThatThrownBy(() -> strict.bind(address)).isInstanceOf(BindException.class);
        assertThat(unboundServer().bind(address).getLocalAddress()).isEqualTo(address);
    }

    @Test
    void theOwnPortOfAClientIsTakenForServers() throws Exception {
        SocketChannel client = pair().client();
        InetSocketAddress address = (InetSocketAddress) client.getLocalAddress();
        ServerSocketChannel other = unboundServer();
        assertThatThrownBy(() -> other.bind(address))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
    }

    @Test
    void serversThatReuseThePortShareItsConnections() throws Exception {
        ServerSocketChannel first = unboundServer().setOption(StandardSocketOptions.SO_REUSEPORT, true);
        first.bind(loopback(0), 128);
        InetSocketAddress address = (InetSocketAddress) first.getLocalAddress();
        ServerSocketChannel second = unboundServer().setOption(StandardSocketOptions.SO_REUSEPORT, true);
        second.bind(address, 128);
        int clients = 64;
        for (int i = 0; i < clients; i++) {
            socket().connect(address);
        }
        first.configureBlocking(false);
        second.configureBlocking(false);
        int atFirst = acceptAll(first);
        int atSecond = acceptAll(second);
        assertThat(atFirst + atSecond).isEqualTo(clients);
        assertThat(atFirst).isBetween(1, clients - 1);
        second.close();
        for (int i = 0; i < 8; i++) {
            socket().connect(address);
        }
        assertThat(acceptAll(first)).as("of those that came when it was alone").isEqualTo(8);
    }

    @Test
    void aServerThatDoesNotShareIsAloneOnItsPort() throws Exception {
        ServerSocketChannel sharing = unboundServer().setOption(StandardSocketOptions.SO_REUSEPORT, true);
        sharing.bind(loopback(0));
        ServerSocketChannel other = unboundServer();
        assertThatThrownBy(() -> other.bind(sharing.getLocalAddress())).isInstanceOf(BindException.class);
        ServerSocketChannel alone = server();
        ServerSocketChannel late = unboundServer().setOption(StandardSocketOptions.SO_REUSEPORT, true);
        assertThatThrownBy(() -> late.bind(alone.getLocalAddress())).isInstanceOf(BindException.class);
    }

    private int acceptAll(ServerSocketChannel server) throws Exception {
        int count = 0;
        SocketChannel accepted;
        while ((accepted = server.accept()) != null) {
            closing(accepted);
            count++;
        }
        return count;
    }

    @Test
    void whoAcceptsWhileTheServerIsBoundGetsItsConnections() throws Exception {
        for (int round = 0; round < 400; round++) {
            ServerSocketChannel server = unboundServer();
            CountDownLatch asking = new CountDownLatch(1);
            Running<SocketChannel> accepting = inSecondThread(() -> {
                while (true) {
                    try {
                        return server.accept();
                    } catch (NotYetBoundException e) {
                        asking.countDown();
                    }
                }
            });
            assertThat(asking.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            server.bind(round % 2 == 0 ? loopback(0) : null);
            SocketChannel client = socket();
            client.connect(loopback(((InetSocketAddress) server.getLocalAddress()).getPort()));
            assertThat(closing(accepting.get()).getRemoteAddress()).isEqualTo(client.getLocalAddress());
            server.close();
        }
    }
}
