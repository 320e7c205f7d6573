package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operation answers in states that another one has left behind: found by random sequences of operations. */
class OperationOrderContractTest extends Contract {

    private static final int ALL = SelectionKey.OP_READ | SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;
    private static final long LIMIT_MS = TimeUnit.SECONDS.toMillis(LIMIT_SECONDS);

    private static void assertThrowsExactly(Class<? extends Exception> type, ThrowingCallable operation) {
        assertThatThrownBy(operation).isExactlyInstanceOf(type);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatCouldWaitOfAClosedChannelEndsAsIfItWereClosedMeanwhile(boolean blocking) throws Exception {
        boolean begun = blocking && Runtime.version().feature() < 25; // the JDK looks first since
        Class<? extends Exception> expected = begun ? AsynchronousCloseException.class : ClosedChannelException.class;
        SocketChannel unused = socket();
        SocketChannel used = pair().client();
        for (SocketChannel channel : new SocketChannel[] {unused, used}) {
            channel.configureBlocking(blocking);
            channel.close();
            assertThrowsExactly(expected, () -> channel.connect(loopback(1)));
            assertThrowsExactly(expected, channel::finishConnect);
            assertThrowsExactly(ClosedChannelException.class, () -> channel.read(ByteBuffer.allocate(1)));
            assertThrowsExactly(ClosedChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
        }
        for (ServerSocketChannel server : new ServerSocketChannel[] {unboundServer(), server()}) {
            server.configureBlocking(blocking);
            server.close();
            assertThrowsExactly(expected, server::accept);
        }
    }

    @Test
    void anInterruptedThreadClosesAChannelOfWhichNothingIsPending() throws Exception {
        SocketChannel channel = socket();
        ServerSocketChannel server = unboundServer();
        assertThat(inSecondThread(() -> {
                            Thread.currentThread().interrupt();
                            assertThrowsExactly(ClosedByInterruptException.class, channel::finishConnect);
                            assertThrowsExactly(ClosedByInterruptException.class, server::accept);
                            return Thread.currentThread().isInterrupted();
                        })
                        .get())
                .isTrue();
        assertThat(channel.isOpen()).isFalse();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void aConnectThatDoesNotBlockIsLeftToFinishConnect() throws Exception {
        ServerSocketChannel server = server();
        for (int i = 0; i < 300; i++) {
            SocketChannel client = socket();
            client.configureBlocking(false);
            assertThat(client.connect(server.getLocalAddress())).isFalse();
            assertThat(client.isConnectionPending()).isTrue();
            closing(server.accept());
            client.configureBlocking(true);
            assertThat(client.finishConnect()).isTrue();
            client.close();
        }
    }

    @Test
    void aRefusedConnectionIsReadyForWhateverIsWanted() throws Exception {
        for (int interest : new int[] {ALL, SelectionKey.OP_READ, SelectionKey.OP_WRITE}) {
            SocketChannel client = socket();
            client.configureBlocking(false);
            Selector selector = selector();
            SelectionKey key = client.register(selector, interest);
            client.connect(closedPort());
            assertThat(selector.select(LIMIT_MS)).isEqualTo(1);
            assertThat(key.readyOps()).isEqualTo(interest);
        }
    }

    @Test
    void aConnectionThatBothSidesHaveEndedIsReadyForWhateverIsWanted() throws Exception {
        Pair pair = pair();
        pair.client().configureBlocking(false);
        Selector selector = selector();
        SelectionKey key = pair.client().register(selector, SelectionKey.OP_CONNECT);
        assertThat(selector.selectNow()).isZero();
        pair.client().shutdownOutput();
        assertThat(selector.selectNow()).isZero();
        pair.accepted().shutdownOutput();
        assertThat(selector.select(LIMIT_MS)).isEqualTo(1);
        assertThat(key.readyOps()).isEqualTo(SelectionKey.OP_CONNECT);
        key.interestOps(ALL);
        selector.selectNow();
        assertThat(key.readyOps()).isEqualTo(ALL);
        assertThat(pair.client().finishConnect()).isTrue();
    }

    @Test
    void aConnectionThatWasResetBeforeItIsFinishedFails() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.configureBlocking(false);
        client.connect(server.getLocalAddress());
        SocketChannel accepted = closing(server.accept());
        accepted.setOption(StandardSocketOptions.SO_LINGER, 0);
        Selector selector = selector();
        client.register(selector, SelectionKey.OP_READ);
        accepted.close();
        assertThat(selector.select(LIMIT_MS)).isEqualTo(1);
        assertThatThrownBy(client::finishConnect)
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("Connection reset by peer");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void anAdaptorsConnectThatIsRefusedForTheBlockingModeDecidesNothing() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.configureBlocking(false);
        assertThrowsExactly(
                IllegalBlockingModeException.class, () -> client.socket().connect(server.getLocalAddress(), 1000));
        client.bind(loopback(0));
        InetSocketAddress local = (InetSocketAddress) client.getLocalAddress();
        client.configureBlocking(true);
        client.connect(server.getLocalAddress());
        assertThat(client.getLocalAddress()).isEqualTo(local);
    }

    @Test
    void whoIsBoundInOneFamilyDoesNotReachTheOther() throws Exception {
        ServerSocketChannel server = unboundServer().bind(null);
        int port = server.socket().getLocalPort();
        SocketChannel ipv4 = socket().bind(loopback(0));
        assertThatThrownBy(() -> ipv4.connect(ipv6Loopback(port)))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("Address family not supported by protocol");
        SocketChannel ipv6 = socket().bind(ipv6Loopback(0));
        assertThatThrownBy(() -> ipv6.connect(loopback(port)))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("Network is unreachable");
        assertThat(ipv4.isOpen() || ipv6.isOpen()).isFalse();
    }

    @Test
    void whoBindsToTheWildcardGetsAPortThatIsFreeForEveryConnect() throws Exception {
        SocketChannel taken = pair().client();
        int port = taken.socket().getLocalPort();
        assertThatThrownBy(() -> socket().bind(new InetSocketAddress(port)))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        ServerSocketChannel server = unboundServer().bind(loopback(0), 100);
        for (int i = 0; i < 100; i++) {
            SocketChannel client = i % 2 == 0 ? socket().bind(null) : socket().bind(new InetSocketAddress(0));
            int local = client.socket().getLocalPort();
            client.connect(server.getLocalAddress());
            assertThat(client.socket().getLocalPort()).isEqualTo(local);
            closing(server.accept());
        }
    }

    @Test
    void theCongestionBitsOfTheTrafficClassAreNotTheUsers() throws Exception {
        for (SocketChannel channel : new SocketChannel[] {socket(), pair().client()}) {
            channel.setOption(StandardSocketOptions.IP_TOS, 0x1f);
            assertThat(channel.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(0x1c);
        }
    }

    @Test
    void whoHasShutBothDirectionsResetsAPeerThatStillWrites() throws Exception {
        Pair pair = pair();
        pair.accepted().shutdownInput();
        pair.client().write(bytes("is discarded"));
        pair.accepted().shutdownOutput();
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThatThrownBy(() -> {
                    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
                    while (System.nanoTime() < endNs) {
                        pair.client().write(bytes("is wanted by nobody"));
                        Thread.onSpinWait();
                    }
                })
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
    }
}
