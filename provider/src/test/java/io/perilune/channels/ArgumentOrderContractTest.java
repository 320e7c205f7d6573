package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where a call is wrong in two ways, which of them is told. */
class ArgumentOrderContractTest extends Contract {

    private static final InetSocketAddress UNRESOLVED = InetSocketAddress.createUnresolved("nobody.invalid", 1);

    private static final class StrangeAddress extends SocketAddress {
        private static final long serialVersionUID = 1;
    }

    private SocketChannel closedUnused() throws Exception {
        SocketChannel channel = socket();
        channel.close();
        return channel;
    }

    private SocketChannel closedConnected() throws Exception {
        SocketChannel channel = pair().client();
        channel.close();
        return channel;
    }

    private SocketChannel[] allKinds() throws Exception {
        return new SocketChannel[] {socket(), pair().client(), closedUnused(), closedConnected()};
    }

    @Test
    void nullBuffersComeFirst() throws Exception {
        for (SocketChannel channel : allKinds()) {
            assertThatThrownBy(() -> channel.read((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.write((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.read((ByteBuffer[]) null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.write(null, 0, 0)).isInstanceOf(NullPointerException.class);
        }
    }

    @Test
    void indexesComeBeforeTheState() throws Exception {
        ByteBuffer[] one = {ByteBuffer.allocate(1)};
        for (SocketChannel channel : allKinds()) {
            assertThatThrownBy(() -> channel.read(one, 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> channel.read(one, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> channel.write(one, 2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> channel.write(one, 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aNullAmongBuffersIsRefusedBeforeAnythingIsWritten() throws Exception {
        Pair pair = pair();
        ByteBuffer first = bytes("a");
        for (boolean blocking : new boolean[] {true, false}) {
            pair.client().configureBlocking(blocking);
            assertThatThrownBy(() -> pair.client().write(new ByteBuffer[] {first, null}))
                    .isInstanceOf(NullPointerException.class);
            assertThat(first.hasRemaining()).isTrue();
        }
        pair.client().write(bytes("b"));
        assertThat(readExactly(pair.accepted(), 1)).isEqualTo("b");
    }

    @Test
    void aNullOrReadOnlyBufferAmongOthersIsRefusedBeforeAnythingIsRead() throws Exception {
        Pair pair = pair();
        pair.accepted().write(bytes("ab"));
        ByteBuffer first = ByteBuffer.allocate(1);
        for (boolean blocking : new boolean[] {true, false}) {
            pair.client().configureBlocking(blocking);
            assertThatThrownBy(() -> pair.client().read(new ByteBuffer[] {first, null}))
                    .isInstanceOf(NullPointerException.class);
            ByteBuffer readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer();
            assertThatThrownBy(() -> pair.client().read(new ByteBuffer[] {first, readOnly}))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(first.hasRemaining()).isTrue();
        }
        pair.client().configureBlocking(true);
        assertThat(readExactly(pair.client(), 2)).isEqualTo("ab");
    }

    @Test
    void aConnectsAddressComesBeforeTheState() throws Exception {
        for (SocketChannel channel : allKinds()) {
            assertThatThrownBy(() -> channel.connect(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.connect(UNRESOLVED)).isInstanceOf(UnresolvedAddressException.class);
            assertThatThrownBy(() -> channel.connect(new StrangeAddress()))
                    .isInstanceOf(UnsupportedAddressTypeException.class);
        }
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void theStateComesBeforeABindsAddress() throws Exception {
        for (SocketChannel channel : new SocketChannel[] {closedUnused(), closedConnected()}) {
            assertThatThrownBy(() -> channel.bind(UNRESOLVED)).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> channel.bind(new StrangeAddress())).isInstanceOf(ClosedChannelException.class);
        }
        assertThatThrownBy(() -> pair().client().bind(UNRESOLVED)).isInstanceOf(AlreadyBoundException.class);
        SocketChannel bound = socket().bind(loopback(0));
        assertThatThrownBy(() -> bound.bind(new StrangeAddress())).isInstanceOf(AlreadyBoundException.class);
        assertThatThrownBy(() -> socket().bind(UNRESOLVED)).isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> socket().bind(new StrangeAddress()))
                .isInstanceOf(UnsupportedAddressTypeException.class);
    }

    @Test
    void theStateComesBeforeAServersAddress() throws Exception {
        ServerSocketChannel closed = unboundServer();
        closed.close();
        assertThatThrownBy(() -> closed.bind(UNRESOLVED)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> server().bind(UNRESOLVED)).isInstanceOf(AlreadyBoundException.class);
        assertThatThrownBy(() -> unboundServer().bind(UNRESOLVED)).isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> unboundServer().bind(new StrangeAddress()))
                .isInstanceOf(UnsupportedAddressTypeException.class);
    }

    @Test
    void anAcceptOfAnUnboundServerIsRefusedInEitherMode() throws Exception {
        ServerSocketChannel server = unboundServer();
        assertThatThrownBy(server::accept).isInstanceOf(NotYetBoundException.class);
        server.configureBlocking(false);
        assertThatThrownBy(server::accept).isInstanceOf(NotYetBoundException.class);
        server.configureBlocking(true);
        assertThatThrownBy(() -> server.socket().accept())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is not bound yet");
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void aConnectOfAConnectedChannelIsRefused() throws Exception {
        SocketChannel client = pair().client();
        assertThatThrownBy(() -> client.connect(loopback(1))).isInstanceOf(AlreadyConnectedException.class);
        // The adaptor's exception is not the same in all versions of the JDK.
        assertThatThrownBy(() -> client.socket().connect(loopback(1)))
                .isExactlyInstanceOf(kernelsConnectTwice().getClass());
        assertThat(client.isConnected()).isTrue();
    }

    private static Exception kernelsConnectTwice() throws Exception {
        try (ServerSocketChannel server = World.JDK.provider().openServerSocketChannel();
                SocketChannel client = World.JDK.provider().openSocketChannel()) {
            client.connect(server.bind(World.JDK.address(0)).getLocalAddress());
            client.socket().connect(World.JDK.address(1));
        } catch (SocketException | AlreadyConnectedException e) {
            return e;
        }
        throw new AssertionError("connected twice");
    }

    @Test
    void optionsNamesAndTypesComeBeforeTheState() throws Exception {
        SocketOption<Boolean> strange = new SocketOption<>() {
            @Override
            public String name() {
                return "STRANGE";
            }

            @Override
            public Class<Boolean> type() {
                return Boolean.class;
            }
        };
        for (SocketChannel channel : allKinds()) {
            assertThatThrownBy(() -> channel.setOption(null, true)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.getOption(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.setOption(strange, null))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("'" + strange + "' not supported");
            assertThatThrownBy(() -> channel.getOption(strange)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Invalid value 'null'");
        }
    }

    @Test
    void shutdownsMayBeRepeatedAndAreToldByToString() throws Exception {
        SocketChannel client = pair().client();
        client.shutdownInput().shutdownInput();
        assertThat(client.toString()).contains("[connected ishut local=");
        client.shutdownOutput().shutdownOutput();
        assertThat(client.toString()).contains("[connected ishut oshut local=");
        assertThat(client.isConnected()).isTrue();
    }

    @Test
    void streamsAreRefusedForTheFirstReasonThatHolds() throws Exception {
        Pair pair = pair();
        Socket socket = pair.client().socket();
        socket.shutdownInput();
        socket.shutdownOutput();
        assertThatThrownBy(socket::getInputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket input is shutdown");
        assertThatThrownBy(socket::getOutputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket output is shutdown");
        socket.close();
        assertThatThrownBy(socket::getInputStream)
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
        assertThatThrownBy(() -> socket.setSoTimeout(-1))
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
        assertThatThrownBy(() -> socket().socket().setSoTimeout(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(socket::shutdownInput).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aStreamChecksItsArgumentsAndReadsNothingOfNothing() throws Exception {
        SocketChannel client = pair().client();
        byte[] two = new byte[2];
        assertThat(client.socket().getInputStream().read(two, 2, 0)).isZero();
        assertThatThrownBy(() -> client.socket().getInputStream().read(two, 1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> client.socket().getOutputStream().write(two, -1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        client.socket().getOutputStream().write(two, 2, 0);
        assertThatThrownBy(() -> client.socket().getInputStream().read(null, 0, 1))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void nullFamiliesAreRefused() {
        assertThatThrownBy(() -> provider().openSocketChannel(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> provider().openServerSocketChannel(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> provider().openSocketChannel(() -> "STRANGE"))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> provider().openServerSocketChannel(() -> "STRANGE"))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void validOpsAreThoseOfTheKind() throws Exception {
        assertThat(socket().validOps())
                .isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT);
        assertThat(unboundServer().validOps()).isEqualTo(SelectionKey.OP_ACCEPT);
    }

    @Test
    void anIpv4ServerRefusesIpv6Addresses() throws Exception {
        ServerSocketChannel server = closing(provider().openServerSocketChannel(StandardProtocolFamily.INET));
        InetSocketAddress other = ipv6Loopback(1);
        assertThatThrownBy(() -> server.bind(other)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThat(server.getLocalAddress()).isNull();
        server.bind(loopback(0));
    }
}
