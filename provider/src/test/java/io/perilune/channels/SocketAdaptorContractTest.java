package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SocketAdaptorContractTest extends Contract {

    @Test
    void anUnconnectedAdaptorSaysSo() throws Exception {
        Socket socket = socket().socket();
        assertThat(socket.isConnected()).isFalse();
        assertThat(socket.isBound()).isFalse();
        assertThat(socket.isClosed()).isFalse();
        assertThat(socket.getInetAddress()).isNull();
        assertThat(socket.getPort()).isZero();
        assertThat(socket.getLocalPort()).isEqualTo(-1);
        assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
        assertThat(socket.getRemoteSocketAddress()).isNull();
        assertThat(socket.getLocalSocketAddress()).isNull();
        assertThat(socket.toString()).isEqualTo("Socket[unconnected]");
        assertThatThrownBy(socket::getInputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is not connected");
        assertThatThrownBy(socket::getOutputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is not connected");
        assertThatThrownBy(socket::shutdownInput)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is not connected");
    }

    @Test
    void connectThroughTheAdaptor() throws Exception {
        ServerSocketChannel server = server();
        Socket socket = socket().socket();
        socket.connect(server.getLocalAddress());
        assertThat(socket.isConnected()).isTrue();
        assertThat(socket.isBound()).isTrue();
        assertThat(socket.getRemoteSocketAddress()).isEqualTo(server.getLocalAddress());
        assertThat(socket.getPort()).isEqualTo(server.socket().getLocalPort());
        assertThat(socket.getInetAddress()).isEqualTo(loopback(0).getAddress());
        assertThat(socket.getLocalSocketAddress()).isEqualTo(socket.getChannel().getLocalAddress());
        assertThat(socket.toString())
                .isEqualTo("Socket[addr=" + socket.getInetAddress() + ",port=" + socket.getPort() + ",localport="
                        + socket.getLocalPort() + "]");
    }

    @Test
    void connectWithATimeout() throws Exception {
        ServerSocketChannel server = server();
        Socket socket = socket().socket();
        socket.connect(server.getLocalAddress(), 5000);
        closing(server.accept()).write(bytes("x"));
        assertThat(socket.getInputStream().read()).isEqualTo('x');
    }

    @Test
    void connectToAClosedPortIsRefusedAndClosesTheSocket() throws Exception {
        Socket socket = socket().socket();
        InetSocketAddress nobody = closedPort();
        assertThatThrownBy(() -> socket.connect(nobody, 5000))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(socket.isClosed()).isTrue();
        assertThat(socket.getChannel().isOpen()).isFalse();
    }

    @Test
    void connectChecksItsArguments() throws Exception {
        Socket socket = socket().socket();
        assertThatThrownBy(() -> socket.connect(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("connect: The address can't be null");
        assertThatThrownBy(() -> socket.connect(loopback(1), -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("connect: timeout can't be negative");
        assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("nobody.invalid", 1)))
                .isInstanceOf(UnknownHostException.class);
    }

    @Test
    void connectOfANonBlockingChannelIsRefused() throws Exception {
        SocketChannel channel = socket();
        channel.configureBlocking(false);
        assertThatThrownBy(() -> channel.socket().connect(server().getLocalAddress()))
                .isInstanceOf(IllegalBlockingModeException.class);
    }

    @Test
    void streamsCarryBytesBothWays() throws Exception {
        Pair pair = pair();
        OutputStream out = pair.client().socket().getOutputStream();
        out.write('a');
        out.write("bcd".getBytes(StandardCharsets.UTF_8));
        out.write("xefx".getBytes(StandardCharsets.UTF_8), 1, 2);
        out.flush();
        InputStream in = pair.accepted().socket().getInputStream();
        assertThat(in.read()).isEqualTo('a');
        assertThat(in.readNBytes(5)).asString(StandardCharsets.UTF_8).isEqualTo("bcdef");
        assertThat(in.read(new byte[0])).isZero();
        pair.client().close();
        assertThat(in.read()).isEqualTo(-1);
    }

    @Test
    void aLargeWriteIsComplete() throws Exception {
        Pair pair = pair();
        byte[] sent = new byte[3 << 20];
        new java.util.Random(4).nextBytes(sent);
        Running<Boolean> writing = inSecondThread(() -> {
            pair.client().socket().getOutputStream().write(sent);
            return true;
        });
        assertThat(pair.accepted().socket().getInputStream().readNBytes(sent.length))
                .isEqualTo(sent);
        assertThat(writing.get()).isTrue();
    }

    @Test
    void oneThreadReadsAStreamWhileAnotherWrites() throws Exception {
        Pair pair = pair();
        Socket socket = pair.client().socket();
        Running<Integer> reading =
                inSecondThread(() -> socket.getInputStream().read()).untilItWaits();
        socket.getOutputStream().write('q');
        assertThat(readExactly(pair.accepted(), 1)).isEqualTo("q");
        pair.accepted().write(bytes("a"));
        assertThat(reading.get()).isEqualTo('a');
    }

    @Test
    void readsTimeOutAndMayBeTriedAgain() throws Exception {
        Pair pair = pair();
        Socket socket = pair.client().socket();
        socket.setSoTimeout(60);
        assertThat(socket.getSoTimeout()).isEqualTo(60);
        InputStream in = socket.getInputStream();
        long start = System.nanoTime();
        assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class).hasMessage("Read timed out");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(59));
        assertThat(socket.isClosed()).isFalse();
        pair.accepted().write(bytes("x"));
        socket.setSoTimeout(10_000);
        assertThat(in.read()).isEqualTo('x');
        socket.setSoTimeout(0);
        pair.accepted().close();
        assertThat(in.read()).isEqualTo(-1);
    }

    @Test
    void availableCountsWhatCanBeRead() throws Exception {
        Pair pair = pair();
        InputStream in = pair.client().socket().getInputStream();
        assertThat(in.available()).isZero();
        pair.accepted().write(bytes("abc"));
        assertThat(in.read()).isEqualTo('a');
        assertThat(in.available()).isEqualTo(2);
    }

    @Test
    void streamsOfANonBlockingChannelAreRefused() throws Exception {
        SocketChannel channel = pair().client();
        InputStream in = channel.socket().getInputStream();
        OutputStream out = channel.socket().getOutputStream();
        channel.configureBlocking(false);
        assertThatThrownBy(in::read).isInstanceOf(IllegalBlockingModeException.class);
        assertThatThrownBy(() -> out.write(1)).isInstanceOf(IllegalBlockingModeException.class);
    }

    @Test
    void closingAStreamClosesTheChannel() throws Exception {
        SocketChannel channel = pair().client();
        OutputStream out = channel.socket().getOutputStream();
        InputStream in = channel.socket().getInputStream();
        in.close();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> out.write(1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(in::read).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(in::available).isInstanceOf(ClosedChannelException.class);
        out.close();
    }

    @Test
    void shutdownThroughTheAdaptor() throws Exception {
        Pair pair = pair();
        Socket socket = pair.client().socket();
        assertThat(socket.isInputShutdown()).isFalse();
        assertThat(socket.isOutputShutdown()).isFalse();
        InputStream in = socket.getInputStream();
        socket.shutdownInput();
        socket.shutdownOutput();
        assertThat(socket.isInputShutdown()).isTrue();
        assertThat(socket.isOutputShutdown()).isTrue();
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.available()).isZero();
        assertThatThrownBy(socket::getInputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket input is shutdown");
        assertThatThrownBy(socket::getOutputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket output is shutdown");
    }

    @Test
    void aClosedAdaptorKeepsItsAddresses() throws Exception {
        SocketChannel channel = pair().client();
        int port = channel.socket().getPort();
        int localPort = channel.socket().getLocalPort();
        channel.socket().close();
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.socket().isClosed()).isTrue();
        assertThat(channel.socket().getPort()).isEqualTo(port);
        assertThat(channel.socket().getLocalPort()).isEqualTo(localPort);
        assertThat(channel.socket().isBound()).isTrue();
        assertThat(channel.socket().getLocalAddress().isAnyLocalAddress()).isTrue();
        assertThatThrownBy(() -> channel.socket().getInputStream())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
        assertThatThrownBy(() -> channel.socket().getSoTimeout())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
        assertThatThrownBy(() -> channel.socket().getTcpNoDelay())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
    }

    @Test
    void bindOfAConnectedAdaptorIsRefused() throws Exception {
        Socket socket = pair().client().socket();
        assertThatThrownBy(() -> socket.bind(null))
                .isInstanceOf(SocketException.class)
                .hasMessage("Already bound");
    }

    @Test
    void closeEndsABlockedStreamRead() throws Exception {
        Socket socket = pair().client().socket();
        Running<Integer> reading =
                inSecondThread(() -> socket.getInputStream().read()).untilItWaits();
        socket.close();
        assertThat(reading.failure()).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void urgentDataIsTaken() throws Exception {
        Pair pair = pair();
        pair.accepted().socket().setOOBInline(true);
        pair.client().socket().sendUrgentData('u');
        assertThat(readExactly(pair.accepted(), 1)).isEqualTo("u");
    }

    @Test
    void urgentDataOnAChannelThatIsClosedMeanwhileIsAnswered() throws Exception {
        for (int round = 0; round < 150; round++) {
            Pair pair = pair();
            Socket socket = pair.client().socket();
            CountDownLatch sending = new CountDownLatch(1);
            Running<Void> sender = inSecondThread(() -> {
                while (true) {
                    socket.sendUrgentData('u');
                    sending.countDown();
                }
            });
            assertThat(sending.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            socket.close();
            assertThat(sender.failure()).isInstanceOf(ClosedChannelException.class);
            pair.accepted().close();
        }
    }

    @Test
    void urgentDataOnAResetConnectionIsABrokenPipe() throws Exception {
        SocketChannel client = resetByPeer();
        assertThatThrownBy(() -> client.socket().sendUrgentData('u'))
                .isExactlyInstanceOf(java.io.IOException.class)
                .hasMessage("Connection reset by peer");
        assertThatThrownBy(() -> client.socket().sendUrgentData('u'))
                .isExactlyInstanceOf(java.io.IOException.class)
                .hasMessage("Broken pipe");
    }

    @Test
    void urgentDataAfterTheOutputsEndIsRefused() throws Exception {
        SocketChannel client = pair().client();
        client.shutdownOutput();
        assertThatThrownBy(() -> client.socket().sendUrgentData('u')).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void connectChecksItsArgumentsBeforeTheSocket() throws Exception {
        Socket closed = socket().socket();
        closed.close();
        for (Socket socket : List.of(closed, pair().client().socket())) {
            assertThatThrownBy(() -> socket.connect(null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("connect: The address can't be null");
            assertThatThrownBy(() -> socket.connect(loopback(1), -1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("connect: timeout can't be negative");
            // What comes first here has changed between 17 and 25.
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("nobody.invalid", 1)))
                    .isInstanceOf(
                            Runtime.version().feature() < 24 ? UnknownHostException.class : SocketException.class);
        }
    }

    @Test
    void connectToAnAddressOfTheOtherFamilyIsASocketException() throws Exception {
        Socket socket = closing(provider().openSocketChannel(StandardProtocolFamily.INET))
                .socket();
        InetSocketAddress other = ipv6Loopback(1);
        assertThatThrownBy(() -> socket.connect(other))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("Unsupported address type");
        assertThat(socket.isClosed()).isFalse();
    }

    @Test
    void bindToAnAddressThatIsNotResolvedIsASocketException() throws Exception {
        assertThatThrownBy(() -> socket().socket().bind(InetSocketAddress.createUnresolved("nobody.invalid", 1)))
                .isInstanceOf(SocketException.class)
                .hasMessage("Unresolved address");
    }
}
