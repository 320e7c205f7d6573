package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.compliance.Rfc;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketChannelContractTest extends Contract {

    private static final int ROUNDS = 200;

    @Test
    @Tag(World.ONE_PROVIDER)
    void aNewChannelIsOpenBlockingAndUnconnected() throws Exception {
        SocketChannel channel = socket();
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.isBlocking()).isTrue();
        assertThat(channel.isConnected()).isFalse();
        assertThat(channel.isConnectionPending()).isFalse();
        assertThat(channel.isRegistered()).isFalse();
        assertThat(channel.getLocalAddress()).isNull();
        assertThat(channel.getRemoteAddress()).isNull();
        assertThat(channel.provider()).isSameAs(provider());
        assertThat(channel.toString()).isEqualTo("java.nio.channels.SocketChannel[unconnected]");
    }

    @Test
    void familiesOfTheInternetAreOpened() throws Exception {
        assertThat(closing(provider().openSocketChannel(StandardProtocolFamily.INET))
                        .isOpen())
                .isTrue();
        assertThatThrownBy(() -> provider().openSocketChannel(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void unixSocketsAreTheKernels(@TempDir Path directory) throws Exception {
        java.net.UnixDomainSocketAddress address = java.net.UnixDomainSocketAddress.of(directory.resolve("socket"));
        ServerSocketChannel server = closing(provider().openServerSocketChannel(StandardProtocolFamily.UNIX));
        server.bind(address);
        SocketChannel client = closing(provider().openSocketChannel(StandardProtocolFamily.UNIX));
        client.connect(address);
        closing(server.accept()).write(bytes("x"));
        assertThat(readExactly(client, 1)).isEqualTo("x");
    }

    @Test
    void connectMakesAConnectionWithTheAddressesOfBothEnds() throws Exception {
        Pair pair = pair();
        assertThat(pair.client().isConnected()).isTrue();
        assertThat(pair.client().getRemoteAddress()).isEqualTo(pair.accepted().getLocalAddress());
        assertThat(pair.client().getLocalAddress()).isEqualTo(pair.accepted().getRemoteAddress());
        assertThat(pair.accepted().isBlocking()).isTrue();
        assertThat(pair.accepted().isConnected()).isTrue();
    }

    @Test
    void toStringTellsStateAndAddresses() throws Exception {
        SocketChannel client = pair().client();
        String addresses = " local=" + client.getLocalAddress() + " remote=" + client.getRemoteAddress() + "]";
        assertThat(client.toString()).isEqualTo("java.nio.channels.SocketChannel[connected" + addresses);
        client.shutdownInput().shutdownOutput();
        assertThat(client.toString()).isEqualTo("java.nio.channels.SocketChannel[connected ishut oshut" + addresses);
        client.close();
        assertThat(client.toString()).isEqualTo("java.nio.channels.SocketChannel[closed]");
    }

    @Test
    void bytesGoBothWays() throws Exception {
        Pair pair = pair();
        assertThat(pair.client().write(bytes("there"))).isEqualTo(5);
        assertThat(readExactly(pair.accepted(), 5)).isEqualTo("there");
        assertThat(pair.accepted().write(bytes("back"))).isEqualTo(4);
        assertThat(readExactly(pair.client(), 4)).isEqualTo("back");
    }

    @Test
    void readTakesDirectHeapAndOffsetBuffers() throws Exception {
        Pair pair = pair();
        pair.client().write(bytes("abcdef"));
        ByteBuffer direct = ByteBuffer.allocateDirect(3);
        while (direct.hasRemaining()) {
            pair.accepted().read(direct);
        }
        assertThat(direct.flip().get(2)).isEqualTo((byte) 'c');
        ByteBuffer slice = ByteBuffer.allocate(10);
        slice.position(4).limit(7);
        while (slice.hasRemaining()) {
            pair.accepted().read(slice);
        }
        assertThat(slice.array()).containsExactly(0, 0, 0, 0, 'd', 'e', 'f', 0, 0, 0);
    }

    @Test
    void writeTakesDirectReadOnlyAndOffsetBuffers() throws Exception {
        Pair pair = pair();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(2).put((byte) 'a').put((byte) 'b').flip();
        assertThat(pair.client().write(direct)).isEqualTo(2);
        assertThat(direct.hasRemaining()).isFalse();
        assertThat(pair.client().write(bytes("cd").asReadOnlyBuffer())).isEqualTo(2);
        assertThat(pair.client().write(bytes("xefx").position(1).limit(3))).isEqualTo(2);
        assertThat(readExactly(pair.accepted(), 6)).isEqualTo("abcdef");
    }

    @Test
    void gatheringWritesAllAndScatteringFillsInOrder() throws Exception {
        Pair pair = pair();
        ByteBuffer[] sources = {bytes("ab"), bytes(""), bytes("cde").asReadOnlyBuffer(), bytes("f")};
        assertThat(pair.client().write(sources)).isEqualTo(6);
        ByteBuffer[] destinations = {ByteBuffer.allocate(1), ByteBuffer.allocateDirect(2), ByteBuffer.allocate(3)};
        long count = 0;
        while (count < 6) {
            count += pair.accepted().read(destinations);
        }
        assertThat(destinations[0].array()).containsExactly('a');
        assertThat(destinations[1].flip().get(1)).isEqualTo((byte) 'c');
        assertThat(destinations[2].array()).containsExactly('d', 'e', 'f');
    }

    @Test
    void gatheringOfAPartOfTheArray() throws Exception {
        Pair pair = pair();
        ByteBuffer[] sources = {bytes("no"), bytes("yes"), bytes("no")};
        assertThat(pair.client().write(sources, 1, 1)).isEqualTo(3);
        assertThat(readExactly(pair.accepted(), 3)).isEqualTo("yes");
        assertThatThrownBy(() -> pair.client().write(sources, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pair.client().read(sources, -1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void nothingIsReadIntoNoRoomAndNothingWrittenFromNothing() throws Exception {
        Pair pair = pair();
        pair.accepted().write(bytes("x"));
        assertThat(pair.client().read(ByteBuffer.allocate(0))).isZero();
        assertThat(pair.client().read(new ByteBuffer[0])).isZero();
        assertThat(pair.client().write(ByteBuffer.allocate(0))).isZero();
        assertThat(pair.client().write(new ByteBuffer[] {ByteBuffer.allocate(0)}))
                .isZero();
    }

    @Test
    void aReadOnlyBufferCannotBeReadInto() throws Exception {
        SocketChannel channel = pair().client();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Read-only buffer");
    }

    @Test
    void nullBuffersAreRefused() throws Exception {
        SocketChannel channel = pair().client();
        assertThatThrownBy(() -> channel.read((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.write((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.write((ByteBuffer[]) null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void nonBlockingReadOfNothingReturnsZero() throws Exception {
        SocketChannel channel = pair().client();
        channel.configureBlocking(false);
        assertThat(channel.read(ByteBuffer.allocate(1))).isZero();
        assertThat(channel.read(new ByteBuffer[] {ByteBuffer.allocate(1)})).isZero();
    }

    @Test
    void aFullChannelTakesNothingWhenItIsNotBlockingAndAllOfItArrives() throws Exception {
        Pair pair = pair();
        pair.client().configureBlocking(false);
        // Ends only when nothing is taken; what lies between the two ends may move on and make room again.
        long sent = fill(pair.client());
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        long received = 0;
        while (received < sent) {
            buffer.clear();
            received += pair.accepted().read(buffer);
        }
        assertThat(received).isEqualTo(sent);
        pair.client().configureBlocking(true);
        assertThat(pair.client().write(bytes("room"))).isEqualTo(4);
    }

    @Test
    void aBlockingWriteTakesAllOfALargeBuffer() throws Exception {
        Pair pair = pair();
        byte[] sent = new byte[8 << 20];
        new Random(1).nextBytes(sent);
        Running<Integer> writing = inSecondThread(() -> pair.client().write(ByteBuffer.wrap(sent)));
        ByteBuffer received = ByteBuffer.allocate(sent.length);
        while (received.hasRemaining()) {
            assertThat(pair.accepted().read(received)).isPositive();
        }
        assertThat(writing.get()).isEqualTo(sent.length);
        assertThat(received.array()).isEqualTo(sent);
    }

    @Test
    void twoThreadsReadAndWriteOneChannelAtOnce() throws Exception {
        Pair pair = pair();
        Running<String> reading =
                inSecondThread(() -> readExactly(pair.client(), 4)).untilItWaits();
        pair.client().write(bytes("ping"));
        assertThat(readExactly(pair.accepted(), 4)).isEqualTo("ping");
        pair.accepted().write(bytes("pong"));
        assertThat(reading.get()).isEqualTo("pong");
    }

    @Test
    @Rfc(number = 9293, section = "3.6", label = "MUST-12")
    void theEndOfTheStreamIsReadAgainAndAgain() throws Exception {
        Pair pair = pair();
        pair.accepted().write(bytes("x"));
        pair.accepted().close();
        assertThat(readExactly(pair.client(), 1)).isEqualTo("x");
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(pair.client().read(new ByteBuffer[] {ByteBuffer.allocate(1)}))
                .isEqualTo(-1);
    }

    @Test
    @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/2")
    void afterShutdownOutputThePeerReadsTheEndAndMayStillWrite() throws Exception {
        Pair pair = pair();
        pair.client().write(bytes("last"));
        assertThat(pair.client().shutdownOutput()).isSameAs(pair.client());
        assertThat(readExactly(pair.accepted(), 4)).isEqualTo("last");
        assertThat(pair.accepted().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        pair.accepted().write(bytes("answer"));
        assertThat(readExactly(pair.client(), 6)).isEqualTo("answer");
        assertThat(pair.client().shutdownOutput()).isSameAs(pair.client());
    }

    @Test
    @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/3")
    void writeAfterShutdownOutputIsRefused() throws Exception {
        SocketChannel channel = pair().client();
        channel.shutdownOutput();
        assertThatThrownBy(() -> channel.write(bytes("x"))).isInstanceOf(AsynchronousCloseException.class);
        channel.configureBlocking(false);
        assertThatThrownBy(() -> channel.write(bytes("x"))).isInstanceOf(AsynchronousCloseException.class);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void readAfterShutdownInputIsTheEnd() throws Exception {
        Pair pair = pair();
        pair.accepted().write(bytes("unread"));
        pair.client().shutdownInput();
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        pair.client().configureBlocking(false);
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void shutdownInputEndsABlockedRead() throws Exception {
        SocketChannel channel = pair().client();
        Running<Integer> reading =
                inSecondThread(() -> channel.read(ByteBuffer.allocate(1))).untilItWaits();
        channel.shutdownInput();
        assertThat(reading.get()).isEqualTo(-1);
    }

    @Test
    @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/3")
    void whatNeedsAConnectionIsRefusedWithoutOne() throws Exception {
        SocketChannel channel = socket();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.read(new ByteBuffer[1])).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1))).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(channel::shutdownInput).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(channel::shutdownOutput).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(channel::finishConnect).isInstanceOf(NoConnectionPendingException.class);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void everythingOfAClosedChannelIsRefused() throws Exception {
        SocketChannel channel = pair().client();
        channel.close();
        channel.close();
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.isConnected()).isFalse();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.write(new ByteBuffer[1])).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.bind(null)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.connect(loopback(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::finishConnect).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::shutdownInput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::shutdownOutput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::getLocalAddress).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::getRemoteAddress).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.configureBlocking(false)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.getOption(StandardSocketOptions.TCP_NODELAY))
                .isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aChannelThatWasClosedBeforeItWasUsedRefusesAsWell() throws Exception {
        SocketChannel channel = socket();
        channel.close();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.bind(null)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.connect(loopback(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.connect(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(channel::finishConnect).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::shutdownInput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::getLocalAddress).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void connectToAClosedPortIsRefusedAndClosesTheChannel() throws Exception {
        SocketChannel channel = socket();
        InetSocketAddress nobody = closedPort();
        assertThatThrownBy(() -> channel.connect(nobody))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void finishConnectOfARefusedConnectThrowsAndCloses() throws Exception {
        SocketChannel channel = socket();
        channel.configureBlocking(false);
        InetSocketAddress nobody = closedPort();
        assertThatThrownBy(() -> {
                    channel.connect(nobody);
                    while (!channel.finishConnect()) {
                        Thread.onSpinWait();
                    }
                })
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void connectChecksTheAddressFirst() throws Exception {
        SocketChannel channel = socket();
        assertThatThrownBy(() -> channel.connect(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.connect(InetSocketAddress.createUnresolved("nobody.invalid", 1)))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> channel.connect(new SocketAddress() {}))
                .isInstanceOf(UnsupportedAddressTypeException.class);
        assertThat(channel.isOpen()).isTrue();
        channel.connect(server().getLocalAddress());
        assertThat(channel.isConnected()).isTrue();
    }

    @Test
    void anIpv4ChannelRefusesIpv6Addresses() throws Exception {
        SocketChannel channel = closing(provider().openSocketChannel(StandardProtocolFamily.INET));
        InetSocketAddress six = new InetSocketAddress(InetAddress.getByAddress(new byte[16]), 1);
        assertThatThrownBy(() -> channel.connect(six)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.bind(six)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void connectToTheWildcardGoesToTheLoopback() throws Exception {
        ServerSocketChannel server = unboundServer().bind(new InetSocketAddress(0));
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        SocketChannel channel = socket();
        assertThat(channel.connect(new InetSocketAddress(port))).isTrue();
        assertThat(((InetSocketAddress) channel.getRemoteAddress()).getAddress().isLoopbackAddress())
                .isTrue();
    }

    @Test
    void connectOfAConnectedChannelIsRefused() throws Exception {
        Pair pair = pair();
        assertThatThrownBy(() -> pair.client().connect(loopback(1))).isInstanceOf(AlreadyConnectedException.class);
        assertThatThrownBy(() -> pair.accepted().connect(loopback(1))).isInstanceOf(AlreadyConnectedException.class);
        assertThat(pair.client().finishConnect()).isTrue();
        assertThat(pair.client().isOpen()).isTrue();
    }

    @Test
    void aNonBlockingConnectIsFinished() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel channel = socket();
        channel.configureBlocking(false);
        boolean connected = channel.connect(server.getLocalAddress());
        assertThat(channel.isConnectionPending()).isEqualTo(!connected);
        assertThat(channel.getRemoteAddress()).isEqualTo(server.getLocalAddress());
        while (!channel.finishConnect()) {
            Thread.onSpinWait();
        }
        assertThat(channel.isConnectionPending()).isFalse();
        assertThat(channel.isConnected()).isTrue();
        assertThat(channel.getLocalAddress()).isNotNull();
    }

    @Test
    void aConnectThatBeganWithoutBlockingMayBeFinishedWithIt() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel channel = socket();
        channel.configureBlocking(false);
        channel.connect(server.getLocalAddress());
        channel.configureBlocking(true);
        assertThat(channel.finishConnect()).isTrue();
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void bindGivesTheLocalAddressOfTheConnection() throws Exception {
        SocketChannel channel = socket();
        assertThat(channel.bind(loopback(0))).isSameAs(channel);
        InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
        assertThat(local.getPort()).isPositive();
        assertThat(local.getAddress()).isEqualTo(loopback(0).getAddress());
        channel.connect(server().getLocalAddress());
        assertThat(channel.getLocalAddress()).isEqualTo(local);
    }

    @Test
    void bindToTheWildcardGivesThePortOfTheConnection() throws Exception {
        SocketChannel channel = socket();
        channel.bind(null);
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        assertThat(port).isPositive();
        channel.connect(server().getLocalAddress());
        assertThat(((InetSocketAddress) channel.getLocalAddress()).getPort()).isEqualTo(port);
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void aSecondBindIsRefused() throws Exception {
        SocketChannel channel = socket();
        channel.bind(loopback(0));
        assertThatThrownBy(() -> channel.bind(loopback(0))).isInstanceOf(AlreadyBoundException.class);
        assertThatThrownBy(() -> pair().client().bind(null)).isInstanceOf(AlreadyBoundException.class);
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void bindToATakenPortIsRefused() throws Exception {
        SocketAddress taken = server().getLocalAddress();
        SocketChannel channel = socket();
        assertThatThrownBy(() -> channel.bind(taken))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.bind(loopback(0)).getLocalAddress()).isNotNull();
    }

    @Test
    void bindToAnAddressOfNobodyIsRefused() throws Exception {
        SocketChannel channel = socket();
        assertThatThrownBy(() -> channel.bind(new InetSocketAddress("198.18.77.77", 0)))
                .isInstanceOf(BindException.class)
                .hasMessage("Cannot assign requested address");
        assertThatThrownBy(() -> channel.bind(InetSocketAddress.createUnresolved("nobody.invalid", 0)))
                .isInstanceOf(UnresolvedAddressException.class);
    }

    @Test
    void closeEndsABlockedRead() throws Exception {
        Pair pair = pair();
        Running<Integer> reading =
                inSecondThread(() -> pair.client().read(ByteBuffer.allocate(1))).untilItWaits();
        pair.client().close();
        assertThat(reading.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(pair.accepted().read(ByteBuffer.allocate(1)))
                .as("the peer learns of it")
                .isEqualTo(-1);
    }

    @Test
    void closeEndsABlockedWrite() throws Exception {
        SocketChannel channel = pair().client();
        Running<Object> writing = inSecondThread(() -> {
            while (true) {
                channel.write(ByteBuffer.allocateDirect(1 << 20));
            }
        });
        writing.untilItWaits();
        channel.close();
        assertThat(writing.failure()).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void interruptEndsABlockedReadAndClosesTheChannel() throws Exception {
        SocketChannel channel = pair().client();
        Running<Integer> reading =
                inSecondThread(() -> channel.read(ByteBuffer.allocate(1))).untilItWaits();
        reading.thread.interrupt();
        assertThat(reading.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void anInterruptedThreadClosesTheChannelInsteadOfReading() throws Exception {
        SocketChannel channel = pair().client();
        Running<Integer> reading = inSecondThread(() -> {
            Thread.currentThread().interrupt();
            return channel.read(ByteBuffer.allocate(1));
        });
        assertThat(reading.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void interruptOrCloseEndsAReadOrWriteInWhateverStepItIs() throws Exception {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < ROUNDS; i++) {
            SocketChannel channel = pair().client();
            boolean reads = random.nextBoolean();
            boolean interrupts = random.nextBoolean();
            Running<Integer> running = inSecondThread(() -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
                while (true) {
                    int count = reads ? channel.read(buffer.clear()) : channel.write(buffer.clear());
                    if (count < 0) {
                        return count;
                    }
                }
            });
            int steps = random.nextInt(20_000);
            for (int step = 0; step < steps; step++) {
                Thread.onSpinWait();
            }
            if (interrupts) {
                running.thread.interrupt();
                assertThat(running.failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
            } else {
                channel.close();
                assertThat(running.failure()).isInstanceOf(ClosedChannelException.class);
            }
            assertThat(channel.isOpen()).isFalse();
        }
    }

    @Test
    void interruptDoesNotTouchNonBlockingOperations() throws Exception {
        Pair pair = pair();
        pair.client().configureBlocking(false);
        assertThat(inSecondThread(() -> {
                            Thread.currentThread().interrupt();
                            return pair.client().read(ByteBuffer.allocate(1));
                        })
                        .get())
                .isZero();
        assertThat(pair.client().isOpen()).isTrue();
    }

    @Test
    @Rfc(number = 9293, section = "3.6", label = "MUST-12")
    void aResetIsReadAgainAndAgain() throws Exception {
        SocketChannel channel = resetByPeer();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
        assertThatThrownBy(() -> channel.write(bytes("x")))
                .isInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aResetIsWrittenOnceAndThenThePipeIsBroken() throws Exception {
        SocketChannel channel = resetByPeer();
        assertThatThrownBy(() -> channel.write(bytes("x")))
                .isInstanceOf(IOException.class)
                .hasMessage("Connection reset by peer");
        assertThatThrownBy(() -> channel.write(bytes("x")))
                .isInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
        assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void aPeerThatClosedAndIsWrittenToBreaksThePipe() throws Exception {
        Pair pair = pair();
        pair.accepted().close();
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        // The first goes out, and the peer's answer to it is a reset: some write behind that fails.
        assertThatThrownBy(() -> {
                    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                    while (System.nanoTime() - endNs < 0) {
                        pair.client().write(bytes("x"));
                    }
                })
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    @Rfc(number = 9293, section = "3.6.1", label = "SHLD-3")
    void closeWithUnreadBytesResetsThePeer() throws Exception {
        Pair pair = pair();
        pair.client().write(bytes("never read"));
        readExactly(pair.accepted(), 1);
        pair.accepted().close();
        assertThatThrownBy(() -> pair.client().read(ByteBuffer.allocate(1)))
                .isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    @Rfc(number = 9293, section = "3.6", label = "3.6/4")
    void whatWasWrittenBeforeCloseArrives() throws Exception {
        Pair pair = pair();
        byte[] sent = new byte[200_000];
        new Random(2).nextBytes(sent);
        Running<Boolean> writing = inSecondThread(() -> {
            pair.client().write(ByteBuffer.wrap(sent));
            pair.client().close();
            return true;
        });
        ByteBuffer received = ByteBuffer.allocate(sent.length + 1);
        while (pair.accepted().read(received) >= 0) {
            assertThat(received.hasRemaining()).isTrue();
        }
        assertThat(writing.get()).isTrue();
        assertThat(received.position()).isEqualTo(sent.length);
    }

    @Test
    void configureBlockingMayBeCalledAtAnyTime() throws Exception {
        SocketChannel channel = socket();
        channel.configureBlocking(false);
        assertThat(channel.isBlocking()).isFalse();
        channel.configureBlocking(false).configureBlocking(true);
        assertThat(channel.isBlocking()).isTrue();
        assertThat(channel.blockingLock()).isNotNull();
    }

    @Test
    void aFileIsTransferredToAChannelAndBack(@TempDir Path directory) throws Exception {
        byte[] content = new byte[300_001];
        new Random(3).nextBytes(content);
        Path source = Files.write(directory.resolve("source"), content);
        Path target = directory.resolve("target");
        Pair pair = pair();
        Running<Long> sending = inSecondThread(() -> {
            try (FileChannel file = FileChannel.open(source)) {
                long sent = 0;
                while (sent < content.length) {
                    sent += file.transferTo(sent, content.length - sent, pair.client());
                }
                pair.client().shutdownOutput();
                return sent;
            }
        });
        try (FileChannel file = FileChannel.open(
                target, java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE)) {
            long received = 0;
            while (received < content.length) {
                received += file.transferFrom(pair.accepted(), received, content.length - received);
            }
        }
        assertThat(sending.get()).isEqualTo(content.length);
        assertThat(Files.readAllBytes(target)).isEqualTo(content);
    }

    @Test
    void streamsOfChannelsWork() throws Exception {
        Pair pair = pair();
        Channels.newOutputStream(pair.client()).write("stream".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(Channels.newInputStream(pair.accepted()).readNBytes(6)).hasSize(6);
    }

    @Test
    void socketIsAlwaysTheSame() throws Exception {
        SocketChannel channel = socket();
        assertThat(channel.socket()).isSameAs(channel.socket());
        assertThat(channel.socket().getChannel()).isSameAs(channel);
    }

    @Test
    void aWriteThatMeetsTheOutputsEndIsAnAsynchronousClose() throws Exception {
        for (int round = 0; round < 150; round++) {
            Pair pair = pair();
            // The JDK's own write, if it does not block, may come between the kernel's knowing and its own.
            pair.client().configureBlocking(world != World.PERILUNE_ON_ITS_LOOPBACK || round % 2 == 0);
            java.util.concurrent.CountDownLatch writing = new java.util.concurrent.CountDownLatch(1);
            Running<Void> writer = inSecondThread(() -> {
                while (true) {
                    pair.client().write(bytes("x"));
                    writing.countDown();
                }
            });
            assertThat(writing.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            pair.client().shutdownOutput();
            assertThat(writer.failure()).isInstanceOf(ClosedChannelException.class);
            pair.client().close();
            pair.accepted().close();
        }
    }

    @Test
    void aReadAfterTheInputsEndLooksAtNoBuffer() throws Exception {
        SocketChannel client = pair().client();
        client.shutdownInput();
        assertThat(client.read(ByteBuffer.allocate(1).asReadOnlyBuffer())).isEqualTo(-1);
        client.configureBlocking(false);
        assertThat(client.read(ByteBuffer.allocate(1).asReadOnlyBuffer())).isEqualTo(-1);
    }
}
