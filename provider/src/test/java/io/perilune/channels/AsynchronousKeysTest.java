package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a group's selector is asked for: nothing where nothing waits, and nothing is left in it. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AsynchronousKeysTest {

    private static final long LIMIT_SECONDS = 15;

    /** Perilune's over its loopback link, and the selectors it opened. */
    private static final class Watched extends SelectorProvider {
        private final SelectorProvider channels = World.PERILUNE_ON_ITS_LOOPBACK.provider();
        final List<Selector> selectors = new CopyOnWriteArrayList<>();

        @Override
        public AbstractSelector openSelector() throws IOException {
            AbstractSelector opened = channels.openSelector();
            selectors.add(opened);
            return opened;
        }

        @Override
        public SocketChannel openSocketChannel() throws IOException {
            return channels.openSocketChannel();
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() throws IOException {
            return channels.openServerSocketChannel();
        }

        @Override
        public DatagramChannel openDatagramChannel() throws IOException {
            return channels.openDatagramChannel();
        }

        @Override
        public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
            return channels.openDatagramChannel(family);
        }

        @Override
        public Pipe openPipe() throws IOException {
            return channels.openPipe();
        }
    }

    private final Watched watched = new Watched();
    private final AsynchronousChannelProvider provider = AsynchronousContract.over(watched);

    @Test
    void closedChannelsLeaveNoKeyBehindAndAnEndedGroupNoSelector() throws Exception {
        AsynchronousChannelGroup group = provider.openAsynchronousChannelGroup(2, Thread::new);
        try {
            AsynchronousServerSocketChannel listener =
                    provider.openAsynchronousServerSocketChannel(group).bind(World.PERILUNE_ON_ITS_LOOPBACK.address(0));
            for (int i = 0; i < 100; i++) {
                exchange(group, listener);
            }
            listener.close();
            Selector selector = watched.selectors.get(0);
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!selector.keys().isEmpty()) {
                assertThat(System.nanoTime()).as("keys %s", selector.keys()).isLessThan(endNs);
                Thread.onSpinWait();
            }
        } finally {
            group.shutdownNow();
        }
        assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(watched.selectors).hasSize(1).noneMatch(Selector::isOpen);
    }

    private void exchange(AsynchronousChannelGroup group, AsynchronousServerSocketChannel listener) throws Exception {
        Future<AsynchronousSocketChannel> accepting = listener.accept();
        try (AsynchronousSocketChannel client = provider.openAsynchronousSocketChannel(group)) {
            client.connect(listener.getLocalAddress()).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            try (AsynchronousSocketChannel accepted = accepting.get(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                Future<Integer> reading = accepted.read(ByteBuffer.allocate(1));
                client.write(ByteBuffer.allocate(1)).get(LIMIT_SECONDS, TimeUnit.SECONDS);
                assertThat(reading.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
            }
        }
    }

    @Test
    void whatNeedNotWaitDoesWithoutTheSelector() throws Exception {
        AsynchronousChannelGroup group = provider.openAsynchronousChannelGroup(1, Thread::new);
        try {
            AsynchronousServerSocketChannel listener =
                    provider.openAsynchronousServerSocketChannel(group).bind(World.PERILUNE_ON_ITS_LOOPBACK.address(0));
            ServerSocketChannel plain =
                    watched.openServerSocketChannel().bind(World.PERILUNE_ON_ITS_LOOPBACK.address(0));
            AsynchronousSocketChannel client = provider.openAsynchronousSocketChannel(group);
            client.connect(plain.getLocalAddress()).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            SocketChannel accepted = plain.accept();
            accepted.write(Contract.bytes("there"));
            Selector selector = watched.selectors.get(0);
            int keys = selector.keys().size(); // one if the connect had to wait
            for (int i = 0; i < 100; i++) {
                assertThat(client.write(Contract.bytes("x")).isDone()).isTrue();
            }
            assertThat(selector.keys()).hasSize(keys).allSatisfy(key -> assertThat(key.interestOps())
                    .isZero());
            listener.close();
            accepted.close();
            plain.close();
        } finally {
            group.shutdownNow();
        }
    }
}
