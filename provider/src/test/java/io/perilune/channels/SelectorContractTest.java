package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SelectorContractTest extends Contract {

    private SelectionKey register(Selector selector, SocketChannel channel, int ops) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, ops);
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void aNewSelectorIsOpenAndEmpty() throws Exception {
        Selector selector = selector();
        assertThat(selector.isOpen()).isTrue();
        assertThat(selector.keys()).isEmpty();
        assertThat(selector.selectedKeys()).isEmpty();
        assertThat(selector.provider()).isSameAs(provider());
    }

    @Test
    void selectNowOfNothingReturnsZero() throws Exception {
        assertThat(selector().selectNow()).isZero();
    }

    @Test
    void selectWithTimeoutLastsItsTimeWhenNothingHappens() throws Exception {
        Selector selector = selector();
        long start = System.nanoTime();
        assertThat(selector.select(120)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(119));
    }

    @Test
    void selectWithTimeoutLastsItsTimeWithAnIdleKey() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        long start = System.nanoTime();
        assertThat(selector.select(120)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(119));
    }

    @Test
    void aHundredShortSelectsNeverReturnEarly() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertThat(selector.select(2)).isZero();
        }
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(199));
    }

    @Test
    void negativeTimeoutIsRefused() throws Exception {
        Selector selector = selector();
        assertThatThrownBy(() -> selector.select(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Negative timeout");
        assertThatThrownBy(() -> selector.select(key -> {}, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNullActionIsRefused() throws Exception {
        Selector selector = selector();
        assertThatThrownBy(() -> selector.select(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> selector.select(null, 1)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> selector.selectNow(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void aReadableChannelIsSelected() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        SelectionKey key = register(selector, pair.client(), SelectionKey.OP_READ);
        pair.accepted().write(bytes("x"));
        assertThat(selector.select()).isEqualTo(1);
        assertThat(selector.selectedKeys()).containsExactly(key);
        assertThat(key.isReadable()).isTrue();
        assertThat(key.readyOps()).isEqualTo(SelectionKey.OP_READ);
    }

    @Test
    void aWritableChannelIsSelected() throws Exception {
        Selector selector = selector();
        SelectionKey key = register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isWritable()).isTrue();
        assertThat(key.isReadable()).isFalse();
    }

    @Test
    void aFullChannelIsNotSelectedUntilThePeerReads() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        SelectionKey key = register(selector, pair.client(), SelectionKey.OP_WRITE);
        fill(pair.client());
        pair.client().write(ByteBuffer.allocate(1 << 16));
        selector.selectNow();
        selector.selectedKeys().clear();
        Running<Integer> drained = inSecondThread(() -> {
            pair.accepted().configureBlocking(false);
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            int count = 0;
            while (!key.isWritable()) {
                buffer.clear();
                count += pair.accepted().read(buffer);
            }
            return count;
        });
        while (selector.select(10_000) == 0) {
            assertThat(drained.isDone()).isFalse();
        }
        assertThat(key.isWritable()).isTrue();
    }

    @Test
    void anAcceptableServerIsSelected() throws Exception {
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        Selector selector = selector();
        SelectionKey key = server.register(selector, SelectionKey.OP_ACCEPT);
        socket().connect(server.getLocalAddress());
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isAcceptable()).isTrue();
        assertThat(closing(server.accept())).isNotNull();
        selector.selectedKeys().clear();
        assertThat(selector.selectNow()).isZero();
    }

    @Test
    void aConnectingChannelIsSelectedWhenItIsConnected() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.configureBlocking(false);
        Selector selector = selector();
        if (!client.connect(server.getLocalAddress())) {
            SelectionKey key = client.register(selector, SelectionKey.OP_CONNECT);
            assertThat(selector.select()).isEqualTo(1);
            assertThat(key.isConnectable()).isTrue();
            assertThat(client.finishConnect()).isTrue();
        }
        assertThat(client.isConnected()).isTrue();
    }

    @Test
    void aChannelRegisteredBeforeConnectIsSelectedWhenItIsConnected() throws Exception {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.configureBlocking(false);
        Selector selector = selector();
        SelectionKey key = client.register(selector, 0);
        assertThat(selector.selectNow()).isZero();
        if (!client.connect(server.getLocalAddress())) {
            key.interestOps(SelectionKey.OP_CONNECT);
            assertThat(selector.select()).isEqualTo(1);
            assertThat(client.finishConnect()).isTrue();
        }
        key.interestOps(SelectionKey.OP_WRITE);
        selector.selectedKeys().clear();
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isWritable()).isTrue();
    }

    @Test
    void aRefusedConnectIsSelectedAsConnectable() throws Exception {
        SocketChannel client = socket();
        client.configureBlocking(false);
        Selector selector = selector();
        try {
            client.connect(closedPort());
        } catch (java.net.ConnectException e) {
            assertThat(e).hasMessage("Connection refused"); // known at once: allowed
            return;
        }
        SelectionKey key = client.register(selector, SelectionKey.OP_CONNECT);
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isConnectable()).isTrue();
        assertThatThrownBy(client::finishConnect)
                .isInstanceOf(java.net.ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void theEndOfTheStreamMakesReadable() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        SelectionKey key = register(selector, pair.client(), SelectionKey.OP_READ);
        pair.accepted().close();
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isReadable()).isTrue();
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void readinessIsLevelTriggered() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        register(selector, pair.client(), SelectionKey.OP_READ);
        pair.accepted().write(bytes("ab"));
        for (int i = 0; i < 3; i++) {
            assertThat(selector.select()).isEqualTo(1);
            selector.selectedKeys().clear();
        }
        readExactly(pair.client(), 2);
        assertThat(selector.selectNow()).isZero();
    }

    @Test
    void aKeyThatStaysSelectedIsCountedOnlyWhenItsReadySetGrows() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        SelectionKey key = register(selector, pair.client(), SelectionKey.OP_WRITE | SelectionKey.OP_READ);
        assertThat(selector.select()).isEqualTo(1);
        assertThat(selector.select()).isZero();
        pair.accepted().write(bytes("x"));
        while (selector.select() == 0) {
            assertThat(key.isReadable()).isFalse();
        }
        assertThat(key.readyOps()).isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        assertThat(selector.selectedKeys()).hasSize(1);
    }

    @Test
    void selectedKeysRefuseAdd() throws Exception {
        Selector selector = selector();
        SelectionKey key = register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThatThrownBy(() -> selector.selectedKeys().add(key)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> selector.selectedKeys().addAll(List.of(key)))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void selectedKeysAllowRemoval() throws Exception {
        Selector selector = selector();
        SelectionKey key = register(selector, pair().client(), SelectionKey.OP_WRITE);
        selector.select();
        assertThat(selector.selectedKeys().remove(key)).isTrue();
        assertThat(selector.selectedKeys()).isEmpty();
        selector.select();
        selector.selectedKeys().iterator().forEachRemaining(each -> assertThat(each)
                .isSameAs(key));
        selector.selectedKeys().removeIf(each -> true);
        assertThat(selector.selectedKeys()).isEmpty();
    }

    @Test
    void keysCannotBeModified() throws Exception {
        Selector selector = selector();
        SelectionKey key = register(selector, pair().client(), 0);
        Set<SelectionKey> keys = selector.keys();
        assertThat(keys).containsExactly(key);
        assertThatThrownBy(() -> keys.remove(key)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> keys.add(key)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(keys::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void keysIsALiveView() throws Exception {
        Selector selector = selector();
        Set<SelectionKey> keys = selector.keys();
        SelectionKey key = register(selector, pair().client(), 0);
        assertThat(keys).hasSize(1);
        key.cancel();
        assertThat(keys).hasSize(1);
        selector.selectNow();
        assertThat(keys).isEmpty();
    }

    @Test
    void wakeupEndsASelect() throws Exception {
        Selector selector = selector();
        Running<Integer> selecting = inSecondThread(selector::select).untilItWaits();
        selector.wakeup();
        assertThat(selecting.get()).isZero();
    }

    @Test
    void wakeupEndsASelectWithKeys() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        Running<Integer> selecting = inSecondThread(selector::select).untilItWaits();
        assertThat(selector.wakeup()).isSameAs(selector);
        assertThat(selecting.get()).isZero();
    }

    @Test
    void wakeupBeforeSelectEndsTheNextOne() throws Exception {
        Selector selector = selector();
        selector.wakeup().wakeup();
        assertThat(selector.select()).isZero();
        long start = System.nanoTime();
        assertThat(selector.select(60)).isZero();
        assertThat(System.nanoTime() - start)
                .as("two wakeups end one select")
                .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(59));
    }

    @Test
    void selectNowClearsAWakeup() throws Exception {
        Selector selector = selector();
        selector.wakeup();
        assertThat(selector.selectNow()).isZero();
        long start = System.nanoTime();
        assertThat(selector.select(60)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(59));
    }

    @Test
    void wakeupWithAReadyKeyStillReportsTheKey() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        selector.wakeup();
        assertThat(selector.select()).isEqualTo(1);
    }

    @Test
    void aThousandWakeupsFromManyThreadsAreAllSeen() throws Exception {
        Selector selector = selector();
        for (int i = 0; i < 1000; i++) {
            Running<Selector> waking = inSecondThread(selector::wakeup);
            selector.select();
            waking.get();
            selector.selectNow();
        }
    }

    @Test
    void interruptEndsASelectAndStaysSet() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        Running<Boolean> selecting = inSecondThread(() -> {
                    selector.select();
                    return Thread.currentThread().isInterrupted();
                })
                .untilItWaits();
        selecting.thread.interrupt();
        assertThat(selecting.get()).isTrue();
        assertThat(selector.isOpen()).isTrue();
    }

    @Test
    void anInterruptedThreadDoesNotWaitInSelect() throws Exception {
        Selector selector = selector();
        assertThat(inSecondThread(() -> {
                            Thread.currentThread().interrupt();
                            int count = selector.select();
                            return count == 0 && Thread.currentThread().isInterrupted();
                        })
                        .get())
                .isTrue();
    }

    @Test
    void anInterruptedThreadStillSeesReadyKeys() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThat(inSecondThread(() -> {
                            Thread.currentThread().interrupt();
                            return selector.select();
                        })
                        .get())
                .isEqualTo(1);
    }

    @Test
    void closeEndsASelect() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_READ);
        Running<Integer> selecting = inSecondThread(() -> {
                    try {
                        return selector.select();
                    } catch (ClosedSelectorException e) {
                        return -1;
                    }
                })
                .untilItWaits();
        selector.close();
        assertThat(selecting.get()).isIn(0, -1);
    }

    @Test
    void everythingButWakeupAndCloseOfAClosedSelectorThrows() throws Exception {
        Selector selector = selector();
        selector.close();
        selector.close();
        assertThat(selector.isOpen()).isFalse();
        assertThat(selector.wakeup()).isSameAs(selector);
        assertThatThrownBy(selector::keys).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(selector::selectedKeys).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(selector::select).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(selector::selectNow).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> selector.select(1)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> selector.select(key -> {})).isInstanceOf(ClosedSelectorException.class);
    }

    @Test
    void registrationWithAClosedSelectorThrows() throws Exception {
        Selector selector = selector();
        SocketChannel channel = pair().client();
        channel.configureBlocking(false);
        selector.close();
        assertThatThrownBy(() -> channel.register(selector, SelectionKey.OP_READ))
                .isInstanceOf(ClosedSelectorException.class);
        assertThat(channel.isRegistered()).isFalse();
    }

    @Test
    void closeInvalidatesKeysAndFreesChannels() throws Exception {
        Selector selector = selector();
        SocketChannel channel = pair().client();
        SelectionKey key = register(selector, channel, SelectionKey.OP_READ);
        selector.close();
        assertThat(key.isValid()).isFalse();
        assertThat(channel.isRegistered()).isFalse();
        assertThat(channel.keyFor(selector)).isNull();
        channel.configureBlocking(true);
        assertThat(channel.isBlocking()).isTrue();
    }

    @Test
    void aSelectorOfAnotherProviderIsIllegal() throws Exception {
        ServerSocketChannel foreign =
                closing(java.nio.channels.spi.SelectorProvider.provider().openServerSocketChannel());
        if (world == World.JDK) {
            foreign = closing(new World.TestProvider(null).openServerSocketChannel());
            foreign.configureBlocking(false);
            ServerSocketChannel channel = foreign;
            Selector selector = selector();
            assertThatThrownBy(() -> channel.register(selector, SelectionKey.OP_ACCEPT))
                    .isInstanceOf(java.nio.channels.IllegalSelectorException.class);
        } else {
            foreign.configureBlocking(false);
            assertThat(foreign.register(selector(), SelectionKey.OP_ACCEPT).isValid())
                    .isTrue();
        }
    }

    @Test
    void selectWithActionCallsItForEachReadyKeyAndLeavesTheSelectedSetAlone() throws Exception {
        Selector selector = selector();
        SelectionKey first = register(selector, pair().client(), SelectionKey.OP_WRITE);
        SelectionKey second = register(selector, pair().client(), SelectionKey.OP_WRITE);
        List<SelectionKey> seen = new ArrayList<>();
        assertThat(selector.select(seen::add)).isEqualTo(2);
        assertThat(seen).containsExactlyInAnyOrder(first, second);
        assertThat(selector.selectedKeys()).isEmpty();
    }

    @Test
    void selectWithActionAndTimeoutLastsItsTime() throws Exception {
        Selector selector = selector();
        long start = System.nanoTime();
        assertThat(selector.select(key -> {}, 60)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(59));
    }

    @Test
    void selectNowWithActionReturnsAtOnce() throws Exception {
        assertThat(selector().selectNow(key -> {})).isZero();
    }

    @Test
    void anExceptionOfTheActionIsPassedOnAndTheKeyIsReportedAgain() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThatThrownBy(() -> selector.select(key -> {
                    throw new IllegalStateException("of the action");
                }))
                .hasMessage("of the action");
        assertThat(selector.select(key -> {})).isEqualTo(1);
    }

    @Test
    void theActionMayCancelAKey() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThat(selector.select(SelectionKey::cancel)).isEqualTo(1);
        assertThat(selector.selectNow()).isZero();
        assertThat(selector.keys()).isEmpty();
    }

    @Test
    void theActionMayCloseTheSelector() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThatThrownBy(() -> selector.select(key -> {
                    try {
                        selector.close();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }))
                .isInstanceOf(ClosedSelectorException.class);
    }

    @Test
    void selectInsideAnActionIsRefused() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThatThrownBy(() -> selector.select(key -> {
                    try {
                        selector.selectNow();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("select in progress");
    }

    @Test
    void cancelDuringASelectTakesEffectAtTheNext() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        SelectionKey key = register(selector, pair.client(), SelectionKey.OP_READ);
        Running<Integer> selecting = inSecondThread(selector::select).untilItWaits();
        key.cancel();
        assertThat(key.isValid()).isFalse();
        selector.wakeup();
        assertThat(selecting.get()).isZero();
        assertThat(selector.keys()).isEmpty();
        assertThat(pair.client().isRegistered()).isFalse();
    }

    @Test
    void aCancelledKeyIsNotSelected() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        SelectionKey key = register(selector, pair.client(), SelectionKey.OP_READ);
        pair.accepted().write(bytes("x"));
        assertThat(selector.select()).isEqualTo(1);
        key.cancel();
        assertThat(selector.selectedKeys()).as("until the next selection").containsExactly(key);
        assertThat(selector.selectNow()).isZero();
        assertThat(selector.selectedKeys()).isEmpty();
    }

    @Test
    void reRegistrationBeforeTheCancelledKeyIsFlushedThrows() throws Exception {
        SocketChannel channel = pair().client();
        Selector selector = selector();
        SelectionKey key = register(selector, channel, SelectionKey.OP_READ);
        key.cancel();
        assertThatThrownBy(() -> channel.register(selector, SelectionKey.OP_READ))
                .isInstanceOf(CancelledKeyException.class);
        selector.selectNow();
        SelectionKey again = channel.register(selector, SelectionKey.OP_READ);
        assertThat(again).isNotSameAs(key);
        assertThat(again.isValid()).isTrue();
    }

    @Test
    void cancelConfigureBlockingReadReRegisterWorksAsHttpServerDoesIt() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        for (int i = 0; i < 50; i++) {
            SelectionKey key = register(selector, pair.client(), SelectionKey.OP_READ);
            pair.accepted().write(bytes("ab"));
            assertThat(selector.select()).isEqualTo(1);
            selector.selectedKeys().clear();
            key.cancel();
            pair.client().configureBlocking(true);
            assertThat(readExactly(pair.client(), 2)).isEqualTo("ab");
            pair.client().configureBlocking(false);
            selector.selectNow();
        }
    }

    @Test
    void oneChannelMayBeOnTwoSelectors() throws Exception {
        Pair pair = pair();
        Selector first = selector();
        Selector second = selector();
        SelectionKey reading = register(first, pair.client(), SelectionKey.OP_READ);
        SelectionKey writing = register(second, pair.client(), SelectionKey.OP_WRITE);
        assertThat(pair.client().keyFor(first)).isSameAs(reading);
        assertThat(pair.client().keyFor(second)).isSameAs(writing);
        assertThat(first.selectNow()).isZero();
        assertThat(second.select()).isEqualTo(1);
        pair.accepted().write(bytes("x"));
        assertThat(first.select()).isEqualTo(1);
    }

    @Test
    void aSecondRegistrationChangesTheFirst() throws Exception {
        SocketChannel channel = pair().client();
        Selector selector = selector();
        SelectionKey key = register(selector, channel, SelectionKey.OP_READ);
        assertThat(channel.register(selector, SelectionKey.OP_WRITE, "attachment"))
                .isSameAs(key);
        assertThat(key.interestOps()).isEqualTo(SelectionKey.OP_WRITE);
        assertThat(key.attachment()).isEqualTo("attachment");
        assertThat(selector.select()).isEqualTo(1);
    }

    @Test
    void registrationDuringASelectDoesNotBlock() throws Exception {
        Selector selector = selector();
        SocketChannel channel = pair().client();
        Running<Integer> selecting = inSecondThread(selector::select).untilItWaits();
        register(selector, channel, SelectionKey.OP_WRITE);
        selector.wakeup();
        if (selecting.get() == 0) {
            assertThat(selector.select()).isEqualTo(1);
        }
    }

    @Test
    void interestAddedByAnotherThreadIsSeenAfterAWakeup() throws Exception {
        Selector selector = selector();
        SelectionKey key = register(selector, pair().client(), SelectionKey.OP_READ);
        Running<Integer> selecting = inSecondThread(selector::select).untilItWaits();
        key.interestOpsOr(SelectionKey.OP_WRITE);
        selector.wakeup();
        if (selecting.get() == 0) {
            assertThat(selector.select()).isEqualTo(1);
        }
        assertThat(key.isWritable()).isTrue();
    }

    @Test
    void interestThatIsTakenAwayIsNotReported() throws Exception {
        Selector selector = selector();
        SelectionKey key = register(selector, pair().client(), SelectionKey.OP_WRITE);
        assertThat(selector.select()).isEqualTo(1);
        selector.selectedKeys().clear();
        key.interestOps(0);
        assertThat(selector.selectNow()).isZero();
        key.interestOps(SelectionKey.OP_WRITE);
        assertThat(selector.selectNow()).isEqualTo(1);
    }

    @Test
    void aClosedChannelLeavesTheSelectorAtTheNextSelection() throws Exception {
        SocketChannel channel = pair().client();
        Selector selector = selector();
        SelectionKey key = register(selector, channel, SelectionKey.OP_READ);
        channel.close();
        assertThat(key.isValid()).isFalse();
        assertThat(selector.keys()).hasSize(1);
        selector.selectNow();
        assertThat(selector.keys()).isEmpty();
        assertThat(channel.isRegistered()).isFalse();
    }

    @Test
    void thePeerReadsTheEndOfAChannelThatWasClosedWhileRegistered() throws Exception {
        Pair pair = pair();
        Selector selector = selector();
        register(selector, pair.client(), SelectionKey.OP_READ);
        selector.selectNow();
        pair.client().close();
        assertThat(pair.accepted().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void selectHoldsTheMonitorsThatTheJavadocNames() throws Exception {
        Selector selector = selector();
        register(selector, pair().client(), SelectionKey.OP_WRITE);
        AtomicReference<Boolean> held = new AtomicReference<>();
        selector.select(key -> held.set(Thread.holdsLock(selector) && Thread.holdsLock(selector.selectedKeys())));
        assertThat(held.get()).isTrue();
    }

    @Test
    void selectWaitsForTheMonitorOfTheSelectedKeys() throws Exception {
        Selector selector = selector();
        CountDownLatch entered = new CountDownLatch(1);
        Running<Integer> selecting;
        synchronized (selector.selectedKeys()) {
            selecting = inSecondThread(() -> {
                entered.countDown();
                return selector.selectNow();
            });
            assertThat(entered.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            while (selecting.thread.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            assertThat(selecting.isDone()).isFalse();
        }
        assertThat(selecting.get()).isZero();
    }

    @Test
    void ofThreeHundredKeysTheReadyOneIsSelected() throws Exception {
        ServerSocketChannel server = unboundServer().bind(loopback(0), 1000);
        Selector selector = selector();
        SocketChannel one = null;
        for (int i = 0; i < 300; i++) {
            SocketChannel client = socket();
            client.connect(server.getLocalAddress());
            one = closing(server.accept());
            register(selector, client, SelectionKey.OP_READ);
        }
        one.write(bytes("x"));
        assertThat(selector.select()).isEqualTo(1);
        assertThat(selector.keys()).hasSize(300);
    }
}
