package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What ends an operation that waits: close, interrupt, time; for those that the other contracts do not try. */
class AsynchronousEndContractTest extends Contract {

    /** More than a queue of one takes, in either world. */
    private static final int FILLERS = 8;

    private static final int RACES = 300;

    /** The address of a server whose queue is full: who connects now waits. */
    private InetSocketAddress deafServer() throws IOException {
        ServerSocketChannel server = unboundServer().bind(loopback(0), 1);
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        for (int i = 0; i < FILLERS; i++) {
            SocketChannel filler = socket();
            filler.configureBlocking(false);
            filler.connect(address);
        }
        // In user space a handshake takes as long as its frames: the queue is full when the first is complete.
        try (Selector selector = provider().openSelector()) {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            assertThat(selector.select(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS)))
                    .isEqualTo(1);
        }
        return address;
    }

    @Test
    void closeEndsABlockedConnect() throws Exception {
        InetSocketAddress address = deafServer();
        SocketChannel client = socket();
        Running<Boolean> connecting =
                inSecondThread(() -> client.connect(address)).untilItWaits();
        client.close();
        assertThat(connecting.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void interruptEndsABlockedConnectAndClosesTheChannel() throws Exception {
        InetSocketAddress address = deafServer();
        SocketChannel client = socket();
        Running<Boolean> connecting = inSecondThread(() -> {
                    try {
                        return client.connect(address);
                    } catch (ClosedByInterruptException e) {
                        assertThat(Thread.currentThread().isInterrupted()).isTrue();
                        throw e;
                    }
                })
                .untilItWaits();
        connecting.thread.interrupt();
        assertThat(connecting.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void theAdaptorsConnectTimesOutAndClosesTheSocket() throws Exception {
        InetSocketAddress address = deafServer();
        Socket socket = socket().socket();
        long startNs = System.nanoTime();
        assertThatThrownBy(() -> socket.connect(address, 150))
                .isExactlyInstanceOf(SocketTimeoutException.class)
                .hasMessage("Connect timed out");
        assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(150));
        assertThat(socket.isClosed()).isTrue();
    }

    @Test
    void aConnectionThatIsPendingIsNeitherBoundNorConnectedAgainNorUsed() throws Exception {
        InetSocketAddress address = deafServer();
        SocketChannel client = socket();
        client.configureBlocking(false);
        assertThat(client.connect(address)).isFalse();
        assertThat(client.isConnectionPending()).isTrue();
        assertThat(client.isConnected()).isFalse();
        assertThat(client.finishConnect()).isFalse();
        assertThat(client.getRemoteAddress()).isEqualTo(address);
        assertThat(client.toString()).contains("connection-pending");
        assertThatThrownBy(() -> client.connect(address)).isInstanceOf(ConnectionPendingException.class);
        assertThatThrownBy(() -> client.bind(loopback(0))).isInstanceOf(ConnectionPendingException.class);
        assertThatThrownBy(() -> client.read(ByteBuffer.allocate(1))).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> client.write(bytes("x"))).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(client::shutdownOutput).isInstanceOf(NotYetConnectedException.class);
        client.close();
        assertThat(client.isConnectionPending()).isFalse();
    }

    @Test
    void closeEndsABlockedFinishConnect() throws Exception {
        SocketChannel client = pending();
        Running<Boolean> finishing = inSecondThread(client::finishConnect).untilItWaits();
        client.close();
        assertThat(finishing.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void interruptEndsABlockedFinishConnect() throws Exception {
        SocketChannel client = pending();
        Running<Boolean> finishing = inSecondThread(client::finishConnect).untilItWaits();
        finishing.thread.interrupt();
        assertThat(finishing.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(client.isOpen()).isFalse();
    }

    /** A connection that does not come about, of a channel that blocks since. */
    private SocketChannel pending() throws IOException {
        SocketChannel client = socket();
        client.configureBlocking(false);
        client.connect(deafServer());
        client.configureBlocking(true);
        return client;
    }

    @Test
    void aConnectThatMeetsACloseSucceedsOrTellsOfIt() throws Exception {
        ServerSocketChannel server = unboundServer().bind(loopback(0), RACES);
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        for (int i = 0; i < RACES; i++) {
            SocketChannel client = socket();
            Running<Boolean> connecting = inSecondThread(() -> client.connect(address));
            while (connecting.thread.getState() == Thread.State.NEW) {
                Thread.onSpinWait();
            }
            for (int spin = 0; spin < i * 30; spin++) {
                Thread.onSpinWait();
            }
            client.close();
            try {
                assertThat(connecting.get()).isTrue();
            } catch (ExecutionException e) {
                assertThat(e.getCause()).isInstanceOf(ClosedChannelException.class);
            }
        }
    }

    @Test
    void closeEndsAnAcceptOfTheAdaptor() throws Exception {
        ServerSocketChannel server = server();
        Running<Socket> accepting =
                inSecondThread(() -> server.socket().accept()).untilItWaits();
        server.socket().close();
        assertThat(accepting.failure()).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void anInterruptedThreadClosesTheServerInsteadOfAccepting() throws Exception {
        ServerSocketChannel server = server();
        Running<SocketChannel> accepting = inSecondThread(() -> {
            Thread.currentThread().interrupt();
            return server.accept();
        });
        assertThat(accepting.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void anInterruptedThreadClosesTheChannelInsteadOfConnecting() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        Running<Boolean> connecting = inSecondThread(() -> {
            Thread.currentThread().interrupt();
            return client.connect(server.getLocalAddress());
        });
        assertThat(connecting.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void interruptEndsAStreamsReadWithAndWithoutATimeout() throws Exception {
        for (int timeout : new int[] {0, 10_000}) {
            SocketChannel client = pair().client();
            client.socket().setSoTimeout(timeout);
            InputStream in = client.socket().getInputStream();
            Running<Integer> reading = inSecondThread(in::read).untilItWaits();
            reading.thread.interrupt();
            assertThat(reading.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
            assertThat(client.isOpen()).isFalse();
        }
    }

    @Test
    void closeEndsAStreamsWrite() throws Exception {
        SocketChannel client = pair().client();
        Running<Object> writing = inSecondThread(() -> {
                    client.socket().getOutputStream().write(new byte[1 << 25]);
                    return null;
                })
                .untilItWaits();
        client.close();
        assertThat(writing.failure()).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void shutdownEndsABlockedWrite() throws Exception {
        SocketChannel client = pair().client();
        Running<Void> writing = inSecondThread(() -> {
            while (true) {
                client.write(ByteBuffer.allocate(1 << 20));
            }
        });
        writing.untilItWaits();
        client.shutdownOutput();
        assertThat(writing.failure()).isInstanceOf(ClosedChannelException.class);
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void interruptEndsAWriteOfAStream() throws Exception {
        SocketChannel client = pair().client();
        Running<Object> writing = inSecondThread(() -> {
                    client.socket().getOutputStream().write(new byte[1 << 25]);
                    return null;
                })
                .untilItWaits();
        writing.thread.interrupt();
        assertThat(writing.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
    }

    @Test
    void manyThreadsMayCloseAtOnce() throws Exception {
        for (int round = 0; round < 20; round++) {
            Pair pair = pair();
            Running<Integer> reading = inSecondThread(() -> pair.client().read(ByteBuffer.allocate(1)));
            List<Running<Void>> closing = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                closing.add(inSecondThread(() -> {
                    pair.client().close();
                    return null;
                }));
            }
            for (Running<Void> one : closing) {
                one.get();
            }
            assertThat(reading.failure()).isInstanceOf(ClosedChannelException.class);
            assertThat(pair.accepted().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void twoThreadsThatAcceptGetAConnectionEach() throws Exception {
        ServerSocketChannel server = server();
        Running<SocketChannel> first = inSecondThread(server::accept);
        Running<SocketChannel> second = inSecondThread(server::accept);
        SocketChannel[] clients = {socket(), socket()};
        clients[0].connect(server.getLocalAddress());
        clients[1].connect(server.getLocalAddress());
        assertThat(new Object[] {
                    closing(first.get()).getRemoteAddress(),
                    closing(second.get()).getRemoteAddress()
                })
                .containsExactlyInAnyOrder(clients[0].getLocalAddress(), clients[1].getLocalAddress());
    }

    @Test
    void connectionsThatNobodyAcceptedAreResetWhenTheServerCloses() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        server.close();
        assertThatThrownBy(() -> client.read(ByteBuffer.allocate(1)))
                .isInstanceOf(IOException.class)
                .hasMessage("Connection reset");
    }
}
