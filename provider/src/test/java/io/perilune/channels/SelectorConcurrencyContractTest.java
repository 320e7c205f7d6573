package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What happens to a selector's keys while it selects, in its action, or in other threads. */
class SelectorConcurrencyContractTest extends Contract {

    private static final int CHANNELS = 40;

    private SelectionKey register(Selector selector, SocketChannel channel, int ops) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, ops);
    }

    private List<SelectionKey> writableKeys(Selector selector) throws IOException {
        List<SelectionKey> keys = new ArrayList<>();
        for (int i = 0; i < CHANNELS / 2; i++) {
            Pair pair = pair();
            keys.add(register(selector, pair.client(), SelectionKey.OP_WRITE));
            keys.add(register(selector, pair.accepted(), SelectionKey.OP_WRITE));
        }
        return keys;
    }

    @Test
    void keysThatOthersCancelStayInTheSelectedSetUntilTheNextSelection() throws Exception {
        Selector selector = selector();
        List<SelectionKey> keys = writableKeys(selector);
        assertThat(selector.select()).isEqualTo(CHANNELS);
        Running<Void> cancelling = inSecondThread(() -> {
            keys.forEach(SelectionKey::cancel);
            return null;
        });
        int seen = 0;
        for (SelectionKey key : selector.selectedKeys()) {
            assertThat(keys).contains(key);
            if (seen++ == 0) {
                cancelling.get();
            }
        }
        assertThat(seen).isEqualTo(CHANNELS);
        assertThat(selector.keys()).hasSize(CHANNELS);
        assertThat(selector.selectNow()).isZero();
        assertThat(selector.selectedKeys()).isEmpty();
        assertThat(selector.keys()).isEmpty();
    }

    @Test
    void channelsThatOthersCloseStayInTheSelectedSetUntilTheNextSelection() throws Exception {
        Selector selector = selector();
        List<SelectionKey> keys = writableKeys(selector);
        assertThat(selector.select()).isEqualTo(CHANNELS);
        int seen = 0;
        for (SelectionKey key : selector.selectedKeys()) {
            inSecondThread(() -> {
                        key.channel().close();
                        return null;
                    })
                    .get();
            assertThat(key.isValid()).isFalse();
            seen++;
        }
        assertThat(seen).isEqualTo(CHANNELS);
        assertThat(selector.selectNow()).isZero();
        assertThat(selector.keys()).isEmpty();
        assertThat(keys).noneMatch(key -> key.channel().isRegistered());
    }

    @Test
    void keysMayBeCancelledByManyThreadsWhileOneSelects() throws Exception {
        Selector selector = selector();
        List<SelectionKey> keys = writableKeys(selector);
        AtomicBoolean over = new AtomicBoolean();
        Running<Void> selecting = inSecondThread(() -> {
            while (!over.get()) {
                selector.selectedKeys().clear();
                selector.select(1);
            }
            return null;
        });
        List<Running<Void>> cancelling = new ArrayList<>();
        for (int part = 0; part < 4; part++) {
            int first = part;
            cancelling.add(inSecondThread(() -> {
                for (int i = first; i < keys.size(); i += 4) {
                    keys.get(i).cancel();
                    keys.get(i).cancel();
                }
                return null;
            }));
        }
        for (Running<Void> one : cancelling) {
            one.get();
        }
        over.set(true);
        selecting.get();
        selector.selectNow();
        assertThat(selector.keys()).isEmpty();
        for (SelectionKey key : keys) {
            assertThat(key.channel().keyFor(selector)).isNull();
            assertThat(key.channel().configureBlocking(true).isBlocking()).isTrue();
        }
    }

    @Test
    void keysMayBeWalkedWhileOthersRegister() throws Exception {
        Selector selector = selector();
        AtomicBoolean over = new AtomicBoolean();
        Running<Integer> walking = inSecondThread(() -> {
            int seen = 0;
            while (!over.get()) {
                for (SelectionKey key : selector.keys()) {
                    seen += key.isValid() ? 1 : 0;
                }
            }
            return seen;
        });
        writableKeys(selector);
        over.set(true);
        assertThat(walking.get()).isNotNegative();
        assertThat(selector.keys()).hasSize(CHANNELS);
    }

    @Test
    void aSecondThreadsSelectionWaitsForTheFirst() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        Running<Integer> first = inSecondThread(selector::select).untilItWaits();
        CountDownLatch began = new CountDownLatch(1);
        Running<Integer> second = inSecondThread(() -> {
            began.countDown();
            return selector.selectNow();
        });
        began.await();
        while (second.thread.getState() != Thread.State.BLOCKED) {
            assertThat(second.isDone()).isFalse();
            Thread.onSpinWait();
        }
        selector.wakeup();
        assertThat(first.get()).isZero();
        assertThat(second.get()).isZero();
    }

    @Test
    void twoWakeupsEndOneSelect() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        selector.wakeup();
        selector.wakeup();
        assertThat(selector.select()).isZero();
        long startNs = System.nanoTime();
        assertThat(selector.select(60)).isZero();
        assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(60));
    }

    @Test
    void theActionMayChangeInterestCloseAndRegister() throws Exception {
        Selector selector = selector();
        Pair first = pair();
        Pair second = pair();
        SelectionKey key = register(selector, first.client(), SelectionKey.OP_WRITE);
        assertThat(selector.select(ready -> {
                    ready.interestOps(SelectionKey.OP_READ);
                    try {
                        register(selector, second.client(), SelectionKey.OP_WRITE);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }))
                .isOne();
        assertThat(key.isValid()).isTrue();
        assertThat(selector.select(ready -> close(ready))).isOne();
        assertThat(second.client().isOpen()).isFalse();
        assertThat(selector.selectNow(ready -> close(ready))).isZero();
        assertThat(selector.keys()).containsExactly(key);
        first.accepted().write(bytes("x"));
        assertThat(selector.select(ready -> assertThat(ready.readyOps()).isEqualTo(SelectionKey.OP_READ)))
                .isOne();
    }

    private static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aResetMakesReadyForAllInterest() throws Exception {
        SocketChannel client = resetByPeer();
        Selector selector = selector();
        SelectionKey key = register(selector, client, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        assertThat(selector.select()).isOne();
        assertThat(key.readyOps()).isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    @Test
    void aRefusedConnectionsKeyIsInvalidOnceItIsFinished() throws Exception {
        Selector selector = selector();
        SocketChannel client = socket();
        SelectionKey key = register(selector, client, SelectionKey.OP_CONNECT);
        boolean refusedAtOnce = false;
        try {
            client.connect(closedPort());
        } catch (ConnectException e) {
            refusedAtOnce = true;
        }
        if (!refusedAtOnce) {
            assertThat(selector.select()).isOne();
            assertThatThrownBy(client::finishConnect).isInstanceOf(ConnectException.class);
        }
        assertThat(key.isValid()).isFalse();
        assertThat(selector.selectNow()).isZero();
        assertThat(selector.keys()).isEmpty();
    }

    @Test
    void cancellingAfterTheSelectorOrTheChannelWasClosedDoesNothing() throws Exception {
        Selector selector = selector();
        SelectionKey first = register(selector, pair().client(), SelectionKey.OP_READ);
        SelectionKey second = register(selector, pair().client(), SelectionKey.OP_READ);
        first.channel().close();
        first.cancel();
        selector.close();
        selector.close();
        second.cancel();
        assertThat(second.channel().isOpen()).isTrue();
        assertThat(second.channel().isRegistered()).isFalse();
    }

    @Test
    void bytesThatComeWhileOthersRegisterAreAllSelected() throws Exception {
        Selector selector = selector();
        ServerSocketChannel server = server();
        Running<Integer> selecting = inSecondThread(() -> {
            int read = 0;
            int[] count = {0};
            while (read < CHANNELS) {
                selector.select(key -> {
                    try {
                        count[0] += ((SocketChannel) key.channel()).read(ByteBuffer.allocate(8));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                read += count[0];
                count[0] = 0;
            }
            return read;
        });
        for (int i = 0; i < CHANNELS; i++) {
            SocketChannel client = socket();
            client.connect(server.getLocalAddress());
            register(selector, closing(server.accept()), SelectionKey.OP_READ);
            selector.wakeup();
            client.write(bytes("x"));
        }
        assertThat(selecting.get()).isEqualTo(CHANNELS);
    }
}
