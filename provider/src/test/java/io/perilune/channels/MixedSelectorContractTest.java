package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pipes, datagrams and sockets in one selector. */
class MixedSelectorContractTest extends Contract {

    private DatagramChannel datagrams() throws Exception {
        DatagramChannel channel = closing(provider().openDatagramChannel());
        channel.bind(loopback(0)).configureBlocking(false);
        return channel;
    }

    private Pipe pipe() throws Exception {
        Pipe pipe = provider().openPipe();
        closing(pipe.sink());
        closing(pipe.source()).configureBlocking(false);
        return pipe;
    }

    @Test
    void aPipeIsSelected() throws Exception {
        Pipe pipe = pipe();
        Selector selector = selector();
        SelectionKey key = pipe.source().register(selector, SelectionKey.OP_READ);
        assertThat(selector.selectNow()).isZero();
        pipe.sink().write(bytes("x"));
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isReadable()).isTrue();
        assertThat(key.channel()).isSameAs(pipe.source());
        assertThat(key.selector()).isSameAs(selector);
        assertThat(pipe.source().keyFor(selector)).isSameAs(key);
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void aDatagramChannelIsSelected() throws Exception {
        DatagramChannel receiver = datagrams();
        Selector selector = selector();
        SelectionKey key = receiver.register(selector, SelectionKey.OP_READ);
        datagrams().send(bytes("x"), receiver.getLocalAddress());
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isReadable()).isTrue();
        assertThat(receiver.receive(ByteBuffer.allocate(8))).isNotNull();
        selector.selectedKeys().clear();
        assertThat(selector.selectNow()).isZero();
    }

    @Test
    void aSelectIsWokenByEitherKind() throws Exception {
        Pair pair = pair();
        pair.client().configureBlocking(false);
        Pipe pipe = pipe();
        Selector selector = selector();
        SelectionKey ofSocket = pair.client().register(selector, SelectionKey.OP_READ);
        SelectionKey ofPipe = pipe.source().register(selector, SelectionKey.OP_READ);
        for (int i = 0; i < 20; i++) {
            Running<Integer> selecting = inSecondThread(selector::select).untilItWaits();
            SelectionKey expected = i % 2 == 0 ? ofSocket : ofPipe;
            if (i % 2 == 0) {
                pair.accepted().write(bytes("x"));
            } else {
                pipe.sink().write(bytes("x"));
            }
            assertThat(selecting.get()).isEqualTo(1);
            assertThat(selector.selectedKeys()).containsExactly(expected);
            selector.selectedKeys().clear();
            ByteBuffer one = ByteBuffer.allocate(1);
            assertThat(i % 2 == 0 ? pair.client().read(one) : pipe.source().read(one))
                    .isEqualTo(1);
        }
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void allKindsAreReportedByOneSelect() throws Exception {
        Selector selector = selector();
        Pair pair = pair();
        pair.client().configureBlocking(false);
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        Pipe pipe = pipe();
        DatagramChannel datagrams = datagrams();
        Set<SelectionKey> keys = Set.of(
                datagrams.register(selector, SelectionKey.OP_WRITE),
                pair.client().register(selector, SelectionKey.OP_WRITE),
                pipe.source().register(selector, SelectionKey.OP_READ),
                server.register(selector, SelectionKey.OP_ACCEPT));
        pipe.sink().write(bytes("x"));
        socket().connect(server.getLocalAddress());
        Set<SelectionKey> seen = new HashSet<>();
        while (seen.size() < 4) {
            selector.select(seen::add);
        }
        assertThat(seen).isEqualTo(keys);
        while (selector.selectedKeys().size() < 4) {
            selector.select();
        }
        assertThat(selector.selectedKeys()).isEqualTo(keys);
    }

    @Test
    void aKeysCancellationHidesNoOtherChange() throws Exception {
        Selector selector = selector();
        Pipe ready = pipe();
        Pipe cancelled = pipe();
        Pipe added = pipe();
        for (Pipe pipe : new Pipe[] {ready, cancelled, added}) {
            pipe.sink().configureBlocking(false);
        }
        SelectionKey readyKey = ready.sink().register(selector, SelectionKey.OP_WRITE);
        SelectionKey cancelledKey = cancelled.sink().register(selector, SelectionKey.OP_WRITE);
        SelectionKey changedKey = added.sink().register(selector, 0);
        assertThat(selector.select()).isEqualTo(2);
        selector.selectedKeys().clear();
        cancelledKey.cancel();
        changedKey.interestOps(SelectionKey.OP_WRITE);
        assertThat(selector.selectNow()).isEqualTo(2);
        assertThat(selector.selectedKeys()).containsExactlyInAnyOrder(readyKey, changedKey);
    }

    @Test
    void aKernelChannelsKeyCanBeCancelledAndTheChannelUsedBlockingAtOnce() throws Exception {
        Pipe pipe = pipe();
        Selector selector = selector();
        for (int i = 0; i < 20; i++) {
            SelectionKey key = pipe.source().register(selector, SelectionKey.OP_READ);
            pipe.sink().write(bytes("x"));
            assertThat(selector.select()).isEqualTo(1);
            assertThatThrownBy(() -> pipe.source().configureBlocking(true))
                    .isInstanceOf(IllegalBlockingModeException.class);
            key.cancel();
            pipe.source().configureBlocking(true);
            assertThat(pipe.source().read(ByteBuffer.allocate(1))).isEqualTo(1);
            pipe.source().configureBlocking(false);
            assertThat(selector.selectNow()).isZero();
            assertThat(pipe.source().isRegistered()).isFalse();
        }
    }

    @Test
    void aClosedKernelChannelLeavesTheSelector() throws Exception {
        Pipe pipe = pipe();
        Selector selector = selector();
        SelectionKey key = pipe.source().register(selector, SelectionKey.OP_READ);
        selector.selectNow();
        pipe.source().close();
        assertThat(key.isValid()).isFalse();
        selector.selectNow();
        assertThat(selector.keys()).isEmpty();
        assertThat(pipe.source().isRegistered()).isFalse();
        assertThatThrownBy(() -> pipe.sink().write(bytes("x")))
                .as("its descriptor is closed")
                .hasMessage("Broken pipe");
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void closeOfTheSelectorFreesKernelChannels() throws Exception {
        Pipe pipe = pipe();
        DatagramChannel datagrams = datagrams();
        Selector selector = selector();
        pipe.source().register(selector, SelectionKey.OP_READ);
        datagrams.register(selector, SelectionKey.OP_READ);
        selector.selectNow();
        selector.close();
        assertThat(pipe.source().isRegistered()).isFalse();
        assertThat(datagrams.isRegistered()).isFalse();
        pipe.source().configureBlocking(true);
        Selector next = selector();
        datagrams.register(next, SelectionKey.OP_WRITE);
        assertThat(next.select()).isEqualTo(1);
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void interestOfAKernelChannelIsForwarded() throws Exception {
        DatagramChannel datagrams = datagrams();
        Selector selector = selector();
        SelectionKey key = datagrams.register(selector, SelectionKey.OP_READ);
        assertThat(selector.selectNow()).isZero();
        key.interestOpsOr(SelectionKey.OP_WRITE);
        assertThat(selector.selectNow()).isEqualTo(1);
        assertThat(key.isWritable()).isTrue();
        selector.selectedKeys().clear();
        key.interestOps(0);
        assertThat(selector.selectNow()).isZero();
    }

    @Test
    void channelsComeAndGoWhileOtherThreadsSelect() throws Exception {
        Selector selector = selector();
        Running<Integer> selecting = inSecondThread(() -> {
            int count = 0;
            while (selector.isOpen()) {
                try {
                    count += selector.select(key -> {});
                } catch (java.nio.channels.ClosedSelectorException e) {
                    return count;
                }
            }
            return count;
        });
        for (int i = 0; i < 50; i++) {
            Pair pair = pair();
            pair.client().configureBlocking(false);
            Pipe pipe = pipe();
            SelectionKey ofSocket = pair.client().register(selector, SelectionKey.OP_WRITE);
            SelectionKey ofPipe = pipe.source().register(selector, SelectionKey.OP_READ);
            selector.wakeup();
            ofSocket.interestOps(0);
            if (i % 2 == 0) {
                ofPipe.cancel();
                pair.client().close();
            } else {
                ofSocket.cancel();
                pipe.source().close();
            }
            selector.wakeup();
        }
        selector.close();
        assertThat(selecting.get()).isNotNegative();
    }

    @Test
    void theInheritedChannelIsTheKernels() throws Exception {
        assertThat(provider().inheritedChannel()).isNull();
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void aSocketThatWasUsedUnconnectedConnectsAndIsSelected() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.bind(loopback(0)).configureBlocking(false);
        Selector selector = selector();
        SelectionKey key = client.register(selector, 0);
        selector.selectNow();
        boolean connected = client.connect(server.getLocalAddress());
        key.interestOps(SelectionKey.OP_CONNECT);
        if (!connected) {
            assertThat(selector.select()).isEqualTo(1);
            assertThat(client.finishConnect()).isTrue();
        }
        key.interestOps(SelectionKey.OP_READ);
        selector.selectedKeys().clear();
        closing(server.accept()).write(bytes("x"));
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isReadable()).isTrue();
    }
}
