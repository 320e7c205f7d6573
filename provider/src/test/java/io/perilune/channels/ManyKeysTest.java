package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.loop.UserStack;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A selection costs by the keys that are ready, not by those registered: no scan of all. */
@Timeout(60)
class ManyKeysTest {

    /** More by hand: {@code -Dperilune.test.keys=100000}. */
    private static final int MANY = Integer.getInteger("perilune.test.keys", 20_000);

    private static final int FEW = 20;
    private static final int ROUNDS = 60;
    private static final int SELECTS = 200;
    /** A scan of all would be a factor of a thousand. */
    private static final int TOLERANCE = 8;

    /** To one server there are not more connections than ephemeral ports. */
    private static final int KEYS_OF_ONE_SERVER = 20_000;

    private final List<SocketChannel> channels = new ArrayList<>();
    private final List<ServerSocketChannel> servers = new ArrayList<>();

    @Test
    void idleKeysCostASelectionNothing() throws Exception {
        UserStack stack = UserStack.start(Settings.of(Map.of("link", "none", "loopback", "user")), null);
        SelectorProvider provider = new World.TestProvider(stack);
        try (Selector few = provider.openSelector();
                Selector many = provider.openSelector()) {
            SocketChannel fewsWriter = connect(provider, few, FEW);
            SocketChannel manysWriter = connect(provider, many, MANY);
            long fewNs = Long.MAX_VALUE;
            long manyNs = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                fewNs = Math.min(fewNs, select(few, fewsWriter));
                manyNs = Math.min(manyNs, select(many, manysWriter));
            }
            System.out.println("a selection of one ready key takes " + fewNs / SELECTS + " ns among " + FEW + " keys, "
                    + manyNs / SELECTS + " ns among " + MANY);
            assertThat(manyNs).isLessThan(TOLERANCE * fewNs);
            assertThat(many.keys()).hasSize(MANY);
        } finally {
            stack.close();
            for (SocketChannel channel : channels) {
                channel.close();
            }
            for (ServerSocketChannel server : servers) {
                server.close();
            }
        }
    }

    /** Registers so many channels and returns the peer of one in the middle. */
    private SocketChannel connect(SelectorProvider provider, Selector selector, int count) throws IOException {
        SocketChannel writer = null;
        ServerSocketChannel server = null;
        for (int i = 0; i < count; i += 2) {
            if (i % KEYS_OF_ONE_SERVER == 0) {
                server = provider.openServerSocketChannel().bind(World.PERILUNE_ON_ITS_LOOPBACK.address(0));
                servers.add(server);
            }
            SocketChannel client = provider.openSocketChannel();
            channels.add(client);
            client.connect(server.getLocalAddress());
            SocketChannel accepted = server.accept();
            channels.add(accepted);
            client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            accepted.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            if (i == count / 4 * 2) {
                writer = accepted;
            }
        }
        selector.selectNow();
        return writer;
    }

    /**
     * A byte to and fro between two of the channels: each time a selection finds one key. Returns the time in
     * nanoseconds.
     */
    private static long select(Selector selector, SocketChannel writer) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1);
        long startNs = System.nanoTime();
        for (int i = 0; i < SELECTS; i += 2) {
            assertThat(writer.write(bytes.clear())).isOne();
            assertThat(selector.select(key -> read(key, bytes, true))).isOne();
            assertThat(selector.select(key -> read(key, bytes, false))).isOne();
        }
        return System.nanoTime() - startNs;
    }

    private static void read(SelectionKey key, ByteBuffer bytes, boolean answer) {
        try {
            SocketChannel channel = (SocketChannel) key.channel();
            assertThat(channel.read(bytes.clear())).isOne();
            if (answer) {
                assertThat(channel.write(bytes.flip())).isOne();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
