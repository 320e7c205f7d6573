package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.WritePendingException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The javadoc of AsynchronousSocketChannel, and AsynchronousChannel's of cancellation and close. */
class AsynchronousSocketChannelContractTest extends AsynchronousContract {

    private static final int RACES = 300;

    // ---- Connecting ----

    @Test
    void aNewChannelIsOpenAndUnconnected() throws Exception {
        AsynchronousSocketChannel channel = channel();
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.provider()).isSameAs(asynchronous());
        assertThat(channel.getLocalAddress()).isNull();
        assertThat(channel.getRemoteAddress()).isNull();
        assertThat(channel.toString()).endsWith("[unconnected]");
    }

    @Test
    void connectMakesAConnectionWithTheAddressesOfBothEnds() throws Exception {
        Ends ends = ends();
        assertThat(ends.client().getRemoteAddress()).isEqualTo(ends.accepted().getLocalAddress());
        assertThat(ends.client().getLocalAddress()).isEqualTo(ends.accepted().getRemoteAddress());
        assertThat(ends.client().toString())
                .endsWith("[connected local=" + ends.client().getLocalAddress() + " remote="
                        + ends.client().getRemoteAddress() + "]");
    }

    @Test
    void connectTellsItsHandlerNothingAndTheAttachment() throws Exception {
        Told<Void> told = new Told<>();
        channel().connect(listener().getLocalAddress(), "attachment", told);
        assertThat(told.result()).isNull();
        assertThat(told.attachment).isEqualTo("attachment");
    }

    @Test
    void aFailedConnectClosesTheChannel() throws Exception {
        AsynchronousSocketChannel channel = channel();
        assertThat(failureOf(channel.connect(closedPort())))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(channel.isOpen()).isFalse();
        AsynchronousSocketChannel second = channel();
        Told<Void> told = new Told<>();
        second.connect(closedPort(), null, told);
        assertThat(told.failure()).isInstanceOf(ConnectException.class);
        assertThat(second.isOpen()).isFalse();
    }

    @Test
    void connectChecksItsAddressFirst() throws Exception {
        AsynchronousSocketChannel channel = channel();
        assertThatThrownBy(() -> channel.connect(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.connect(InetSocketAddress.createUnresolved("nowhere", 1)))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> channel.connect(UnixDomainSocketAddress.of("/nowhere")))
                .isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.connect(null, null, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("'handler' is null");
        await(channel.connect(listener().getLocalAddress()));
    }

    @Test
    void aConnectedChannelIsNeitherConnectedNorBoundAgain() throws Exception {
        AsynchronousSocketChannel client = ends().client();
        assertThatThrownBy(() -> client.connect(loopback(1))).isInstanceOf(AlreadyConnectedException.class);
        assertThatThrownBy(() -> client.bind(null)).isInstanceOf(AlreadyBoundException.class);
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void aChannelWhoseConnectionIsPendingIsNotUsed() throws Exception {
        AsynchronousSocketChannel channel = channel();
        Future<Void> connecting = channel.connect(deafServer().getLocalAddress());
        assertThat(connecting.isDone()).isFalse();
        assertThat(channel.toString()).contains("[connection-pending");
        assertThat(channel.getRemoteAddress()).isNull();
        assertThatThrownBy(() -> channel.connect(loopback(1))).isInstanceOf(ConnectionPendingException.class);
        assertThatThrownBy(() -> channel.bind(loopback(0))).isInstanceOf(ConnectionPendingException.class);
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(NotYetConnectedException.class);
        channel.close();
        assertThat(failureOf(connecting)).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void aConnectThatIsCancelledLeavesTheChannelOpenUnlessItIsToBeInterrupted() throws Exception {
        AsynchronousSocketChannel left = channel();
        Future<Void> connecting = left.connect(deafServer().getLocalAddress());
        assertThat(connecting.cancel(false)).isTrue();
        assertThat(left.isOpen()).isTrue();
        assertThatThrownBy(() -> left.connect(loopback(1))).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> left.read(ByteBuffer.allocate(1))).isInstanceOf(RuntimeException.class);
        AsynchronousSocketChannel closed = channel();
        assertThat(closed.connect(deafServer().getLocalAddress()).cancel(true)).isTrue();
        assertThat(closed.isOpen()).isFalse();
    }

    @Test
    @Tag(World.ONE_PROVIDER)
    void bindGivesAnAddressAndIsDoneOnce() throws Exception {
        AsynchronousSocketChannel channel = channel();
        assertThat(channel.bind(loopback(0))).isSameAs(channel);
        InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
        assertThat(local.getPort()).isPositive();
        assertThatThrownBy(() -> channel.bind(null)).isInstanceOf(AlreadyBoundException.class);
        AsynchronousSocketChannel second = channel();
        assertThatThrownBy(() -> second.bind(local)).isInstanceOf(BindException.class);
        await(channel.connect(listener().getLocalAddress()));
        assertThat(channel.getLocalAddress()).isEqualTo(local);
    }

    // ---- Reading and writing ----

    @Test
    void bytesGoBothWaysAtOnce() throws Exception {
        Ends ends = ends();
        ByteBuffer there = ByteBuffer.allocate(5);
        ByteBuffer back = ByteBuffer.allocate(4);
        Future<Integer> reading = ends.accepted().read(there);
        Future<Integer> readingBack = ends.client().read(back);
        assertThat(await(ends.client().write(bytes("there")))).isEqualTo(5);
        assertThat(await(ends.accepted().write(bytes("back")))).isEqualTo(4);
        assertThat(await(reading)).isEqualTo(5);
        assertThat(await(readingBack)).isEqualTo(4);
        assertThat(there.array()).containsExactly('t', 'h', 'e', 'r', 'e');
        assertThat(back.array()).containsExactly('b', 'a', 'c', 'k');
    }

    @Test
    void aReadReturnsWhatIsThereAndMinusOneAtTheEnd() throws Exception {
        Ends ends = ends();
        writeFully(ends.client(), bytes("abc"));
        ByteBuffer buffer = ByteBuffer.allocate(100);
        assertThat(await(ends.accepted().read(buffer))).isEqualTo(3);
        assertThat(buffer.position()).isEqualTo(3);
        ends.client().shutdownOutput();
        assertThat(await(ends.accepted().read(buffer))).isEqualTo(-1);
        assertThat(await(ends.accepted().read(buffer))).isEqualTo(-1);
        Told<Integer> told = new Told<>();
        ends.accepted().read(buffer, 0, TimeUnit.SECONDS, null, told);
        assertThat(told.result()).isEqualTo(-1);
    }

    @Test
    void handlersGetTheCountAndTheAttachment() throws Exception {
        Ends ends = ends();
        Told<Integer> reading = new Told<>();
        Told<Integer> writing = new Told<>();
        ends.accepted().read(ByteBuffer.allocateDirect(10), "reading", reading);
        ends.client().write(bytes("abc"), "writing", writing);
        assertThat(writing.result()).isEqualTo(3);
        assertThat(reading.result()).isEqualTo(3);
        assertThat(writing.attachment).isEqualTo("writing");
        assertThat(reading.attachment).isEqualTo("reading");
    }

    @Test
    void gatheringAndScatteringCountInLongs() throws Exception {
        Ends ends = ends();
        ByteBuffer[] sources = {bytes("no"), bytes("ab"), bytes("").asReadOnlyBuffer(), bytes("cde"), bytes("no")};
        Told<Long> writing = new Told<>();
        ends.client().write(sources, 1, 3, 0, TimeUnit.SECONDS, null, writing);
        assertThat(writing.result()).isEqualTo(5L);
        ByteBuffer[] destinations = {
            ByteBuffer.allocate(9), ByteBuffer.allocate(2), ByteBuffer.allocateDirect(1), ByteBuffer.allocate(9)
        };
        long count = 0;
        while (count < 5) {
            Told<Long> reading = new Told<>();
            ends.accepted().read(destinations, 1, 3, 0, null, null, reading);
            count += reading.result();
        }
        assertThat(sources[0].hasRemaining()).isTrue();
        assertThat(sources[4].hasRemaining()).isTrue();
        assertThat(destinations[0].position()).isZero();
        assertThat(destinations[1].array()).containsExactly('a', 'b');
        assertThat(destinations[2].flip().get()).isEqualTo((byte) 'c');
        assertThat(destinations[3].position()).isEqualTo(2);
    }

    @Test
    void aScatteringReadThatWaitsGetsWhatComes() throws Exception {
        Ends ends = ends();
        ByteBuffer[] destinations = {ByteBuffer.allocate(1), ByteBuffer.allocate(10)};
        Told<Long> reading = new Told<>();
        ends.accepted().read(destinations, 0, 2, 0, TimeUnit.SECONDS, null, reading);
        writeFully(ends.client(), bytes("abc"));
        assertThat(reading.result()).isEqualTo(3L);
        assertThat(destinations[1].position()).isEqualTo(2);
    }

    @Test
    void anInterruptedThreadIsToldAResultThatIsThere() throws Exception {
        Ends ends = ends();
        Future<Integer> writing = ends.client().write(bytes("x"));
        await(writing);
        Thread.currentThread().interrupt();
        try {
            assertThat(writing.get()).isEqualTo(1);
            assertThat(writing.get(0, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void nothingIsTransferredWithoutRoom() throws Exception {
        Ends ends = ends();
        writeFully(ends.accepted(), bytes("x"));
        assertThat(await(ends.client().read(ByteBuffer.allocate(0)))).isZero();
        assertThat(await(ends.client().write(ByteBuffer.allocate(0)))).isZero();
        Told<Long> reading = new Told<>();
        ends.client().read(new ByteBuffer[] {ByteBuffer.allocate(0)}, 0, 1, 0, TimeUnit.SECONDS, null, reading);
        assertThat(reading.result()).isZero();
        Told<Long> writing = new Told<>();
        ends.client().write(new ByteBuffer[0], 0, 0, 0, TimeUnit.SECONDS, null, writing);
        assertThat(writing.result()).isZero();
    }

    @Test
    void arguments() throws Exception {
        AsynchronousSocketChannel channel = channel();
        ByteBuffer readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer();
        Told<Integer> told = new Told<>();
        Told<Long> many = new Told<>();
        assertThatThrownBy(() -> channel.read(readOnly))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Read-only buffer");
        assertThatThrownBy(() -> channel.read(readOnly, null, told)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.read(new ByteBuffer[] {readOnly}, 0, 1, 0, TimeUnit.SECONDS, null, many))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.read(readOnly, null, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("'handler' is null");
        assertThatThrownBy(() -> channel.write(readOnly, null, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("'handler' is null");
        assertThatThrownBy(() -> channel.read(new ByteBuffer[2], 1, 2, 0, TimeUnit.SECONDS, null, many))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> channel.write(new ByteBuffer[2], -1, 2, 0, TimeUnit.SECONDS, null, many))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> channel.read((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.read(new ByteBuffer[2], 0, 2, 0, TimeUnit.SECONDS, null, many))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void beforeTheConnectionNothingIsTransferredOrShutDown() throws Exception {
        AsynchronousSocketChannel channel = channel();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(0))).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1), null, new Told<>()))
                .isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(channel::shutdownInput).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(channel::shutdownOutput).isInstanceOf(NotYetConnectedException.class);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void oneReadIsOutstandingAtMost() throws Exception {
        Ends ends = ends();
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        assertThatThrownBy(() -> ends.client().read(ByteBuffer.allocate(1))).isInstanceOf(ReadPendingException.class);
        assertThatThrownBy(() -> ends.client().read(ByteBuffer.allocate(0), null, new Told<>()))
                .isInstanceOf(ReadPendingException.class);
        writeFully(ends.accepted(), bytes("x"));
        assertThat(await(reading)).isEqualTo(1);
        writeFully(ends.accepted(), bytes("y"));
        assertThat(readFully(ends.client(), 1)).isEqualTo("y");
    }

    @Test
    void oneWriteIsOutstandingAtMostAndItEndsWhenThePeerReads() throws Exception {
        Ends ends = ends();
        Future<Integer> writing = writeUntilFull(ends.client());
        assertThatThrownBy(() -> ends.client().write(bytes("x"))).isInstanceOf(WritePendingException.class);
        // A read does not disturb it.
        writeFully(ends.accepted(), bytes("back"));
        assertThat(readFully(ends.client(), 4)).isEqualTo("back");
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        while (!writing.isDone()) {
            await(ends.accepted().read(buffer.clear()));
        }
        assertThat(await(writing)).isPositive();
    }

    @Test
    void shutdownInputEndsReadsAndAPendingOneToo() throws Exception {
        Ends ends = ends();
        Future<Integer> pending = ends.client().read(ByteBuffer.allocate(1));
        assertThat(ends.client().shutdownInput()).isSameAs(ends.client());
        assertThat(await(pending)).isEqualTo(-1);
        assertThat(await(ends.client().read(ByteBuffer.allocate(1)))).isEqualTo(-1);
        assertThat(await(ends.client().read(ByteBuffer.allocate(0)))).isEqualTo(-1);
        ends.client().shutdownInput();
        writeFully(ends.client(), bytes("x"));
        assertThat(readFully(ends.accepted(), 1)).isEqualTo("x");
        assertThat(ends.client().toString()).contains("[connected ishut ");
    }

    @Test
    void shutdownOutputEndsWritesAndAPendingOneToo() throws Exception {
        Ends ends = ends();
        Future<Integer> pending = writeUntilFull(ends.client());
        assertThat(ends.client().shutdownOutput()).isSameAs(ends.client());
        assertThat(failureOf(pending)).isInstanceOf(IOException.class).hasMessage("Broken pipe");
        assertThat(failureOf(ends.client().write(bytes("x")))).isInstanceOf(ClosedChannelException.class);
        assertThat(failureOf(ends.client().write(bytes("")))).isInstanceOf(ClosedChannelException.class);
        Told<Integer> told = new Told<>();
        ends.client().write(bytes("x"), null, told);
        assertThat(told.failure()).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> ends.client().setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(IOException.class);
        ends.client().shutdownOutput();
        assertThat(ends.client().toString()).contains("[connected oshut ");
        writeFully(ends.accepted(), bytes("x"));
        assertThat(readFully(ends.client(), 1)).isEqualTo("x");
    }

    @Test
    void aResetIsToldOnceAndThenTheStreamIsAtItsEnd() throws Exception {
        Ends ends = ends();
        writeFully(ends.client(), bytes("unread"));
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        assertThat(readFully(ends.accepted(), 1)).isEqualTo("u");
        ends.accepted().close(); // with bytes unread: a reset
        assertThat(failureOf(reading)).isExactlyInstanceOf(IOException.class).hasMessage("Connection reset");
        assertThat(await(ends.client().read(ByteBuffer.allocate(1)))).isEqualTo(-1);
        assertThat(failureOf(ends.client().write(bytes("x"))))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
    }

    // ---- Timeouts ----

    @Test
    void aReadWhoseTimePassesIsInterruptedAndNoOtherFollows() throws Exception {
        Ends ends = ends();
        Told<Integer> told = new Told<>();
        long startNs = System.nanoTime();
        ends.client().read(ByteBuffer.allocate(1), 50, TimeUnit.MILLISECONDS, "attachment", told);
        assertThat(told.failure()).isExactlyInstanceOf(InterruptedByTimeoutException.class);
        assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(50));
        assertThat(told.attachment).isEqualTo("attachment");
        assertThatThrownBy(() -> ends.client().read(ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Reading not allowed due to timeout or cancellation");
        assertThat(await(ends.client().write(bytes("x")))).isEqualTo(1);
        assertThat(readFully(ends.accepted(), 1)).isEqualTo("x");
        assertThat(told.toldTwice).isFalse();
    }

    @Test
    void aWriteWhoseTimePassesIsInterruptedAndNoOtherFollows() throws Exception {
        AsynchronousSocketChannel client = ends().client();
        ByteBuffer[] large = {ByteBuffer.allocateDirect(1 << 20)};
        Throwable failure = null;
        while (failure == null) {
            Told<Long> told = new Told<>();
            client.write(large, 0, 1, 100, TimeUnit.MILLISECONDS, null, told);
            failure = told.failureOrNull();
            large[0].clear();
        }
        assertThat(failure).isExactlyInstanceOf(InterruptedByTimeoutException.class);
        assertThatThrownBy(() -> client.write(bytes("x")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Writing not allowed due to timeout or cancellation");
    }

    @Test
    void whatEndsInTimeIsNotInterruptedLater() throws Exception {
        Ends ends = ends();
        for (int i = 0; i < 3; i++) {
            Told<Integer> told = new Told<>();
            ends.client().read(ByteBuffer.allocate(1), 100, TimeUnit.MILLISECONDS, null, told);
            writeFully(ends.accepted(), bytes("x"));
            assertThat(told.result()).isEqualTo(1);
        }
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        assertThatThrownBy(() -> reading.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        writeFully(ends.accepted(), bytes("y"));
        assertThat(await(reading)).isEqualTo(1);
    }

    @Test
    void timeAndArrivalRaceForOneResult() throws Exception {
        for (int i = 0; i < RACES / 10; i++) {
            Ends ends = ends();
            Told<Integer> told = new Told<>();
            ends.client().read(ByteBuffer.allocate(1), 1, TimeUnit.MILLISECONDS, null, told);
            // Around the time, a little later each time.
            long endNs = System.nanoTime() + 900_000 + i * 10_000L;
            while (System.nanoTime() < endNs) {
                Thread.onSpinWait();
            }
            writeFully(ends.accepted(), bytes("x"));
            Throwable failure = told.failureOrNull();
            assertThat(failure == null || failure instanceof InterruptedByTimeoutException)
                    .as("%s", failure)
                    .isTrue();
            assertThat(told.toldTwice).isFalse();
            ends.client().close();
            ends.accepted().close();
        }
    }

    // ---- Cancelling ----

    @Test
    void aReadThatIsCancelledIsDoneAndNoOtherFollows() throws Exception {
        Ends ends = ends();
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        assertThatThrownBy(() -> reading.get(10, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(reading.isDone()).isFalse();
        assertThat(reading.isCancelled()).isFalse();
        assertThat(reading.cancel(false)).isTrue();
        assertThat(reading.isDone()).isTrue();
        assertThat(reading.isCancelled()).isTrue();
        assertThat(reading.cancel(true)).isFalse();
        assertThatThrownBy(reading::get).isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> reading.get(1, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(ends.client().isOpen()).isTrue();
        assertThatThrownBy(() -> ends.client().read(ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
        assertThat(await(ends.client().write(bytes("x")))).isEqualTo(1);
    }

    @Test
    void aWriteThatIsCancelledIsDoneAndNoOtherFollows() throws Exception {
        Ends ends = ends();
        Future<Integer> writing = writeUntilFull(ends.client());
        assertThat(writing.cancel(false)).isTrue();
        assertThatThrownBy(writing::get).isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> ends.client().write(bytes("x"))).isInstanceOf(IllegalStateException.class);
        writeFully(ends.accepted(), bytes("back"));
        assertThat(readFully(ends.client(), 4)).isEqualTo("back");
    }

    @Test
    void aCancelThatMayInterruptClosesTheChannelUnderTheOthers() throws Exception {
        Ends ends = ends();
        Future<Integer> writing = writeUntilFull(ends.client());
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        assertThat(reading.cancel(true)).isTrue();
        assertThat(ends.client().isOpen()).isFalse();
        assertThatThrownBy(reading::get).isInstanceOf(CancellationException.class);
        assertThat(failureOf(writing)).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void whatIsDoneIsNotCancelled() throws Exception {
        Ends ends = ends();
        Future<Integer> writing = ends.client().write(bytes("x"));
        await(writing);
        assertThat(writing.cancel(true)).isFalse();
        assertThat(writing.isCancelled()).isFalse();
        assertThat(ends.client().isOpen()).isTrue();
    }

    @Test
    void aThreadThatWaitsForTheResultMayBeInterrupted() throws Exception {
        Ends ends = ends();
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        Running<Integer> waiting = inSecondThread(reading::get).untilItWaits();
        waiting.thread.interrupt();
        assertThat(waiting.failure()).isInstanceOf(InterruptedException.class);
        assertThat(reading.isDone()).isFalse();
        assertThat(ends.client().isOpen()).isTrue();
        writeFully(ends.accepted(), bytes("x"));
        assertThat(await(reading)).isEqualTo(1);
    }

    @Test
    void anInterruptedThreadStartsOperationsAsAnyOther() throws Exception {
        Ends ends = ends();
        Thread.currentThread().interrupt();
        Future<Integer> reading = ends.client().read(ByteBuffer.allocate(1));
        Future<Integer> writing = ends.accepted().write(bytes("x"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(await(writing)).isEqualTo(1);
        assertThat(await(reading)).isEqualTo(1);
        assertThat(ends.client().isOpen()).isTrue();
    }

    // ---- Closing ----

    @Test
    void closeEndsPendingOperations() throws Exception {
        Ends ends = ends();
        Told<Integer> reading = new Told<>();
        ends.client().read(ByteBuffer.allocate(1), null, reading);
        Future<Integer> writing = writeUntilFull(ends.client());
        ends.client().close();
        ends.client().close();
        assertThat(reading.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(failureOf(writing)).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(ends.client().isOpen()).isFalse();
        assertThat(ends.client().toString()).endsWith("[closed]");
    }

    @Test
    void operationsOnAClosedChannelFailAndItsMethodsThrow() throws Exception {
        AsynchronousSocketChannel channel = channel();
        channel.close();
        assertThat(failureOf(channel.connect(loopback(1)))).isExactlyInstanceOf(ClosedChannelException.class);
        assertThat(failureOf(channel.connect(null))).isExactlyInstanceOf(ClosedChannelException.class);
        assertThat(failureOf(channel.read(ByteBuffer.allocate(1)))).isExactlyInstanceOf(ClosedChannelException.class);
        assertThat(failureOf(channel.write(ByteBuffer.allocate(1)))).isExactlyInstanceOf(ClosedChannelException.class);
        Told<Integer> told = new Told<>();
        channel.read(ByteBuffer.allocate(1), "attachment", told);
        assertThat(told.failure()).isExactlyInstanceOf(ClosedChannelException.class);
        assertThat(told.attachment).isEqualTo("attachment");
        Told<Void> connecting = new Told<>();
        channel.connect(loopback(1), null, connecting);
        assertThat(connecting.failure()).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.bind(null)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::getLocalAddress).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::getRemoteAddress).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::shutdownInput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::shutdownOutput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.getOption(StandardSocketOptions.TCP_NODELAY))
                .isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void closeRacesWithReadsForOneResult() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        for (int i = 0; i < RACES; i++) {
            Future<AsynchronousSocketChannel> accepting = listener.accept();
            AsynchronousSocketChannel client = channel();
            await(client.connect(listener.getLocalAddress()));
            AsynchronousSocketChannel accepted = closing(await(accepting));
            Running<Void> closing = inSecondThread(() -> {
                client.close();
                return null;
            });
            Told<Integer> told = new Told<>();
            client.read(ByteBuffer.allocate(1), null, told);
            assertThat(told.failure()).isInstanceOf(ClosedChannelException.class);
            closing.get();
            accepted.close();
            assertThat(told.toldTwice).isFalse();
        }
    }

    @Test
    void theEndOfAClosedChannelReachesThePeer() throws Exception {
        Ends ends = ends();
        Future<Integer> reading = ends.accepted().read(ByteBuffer.allocate(1));
        Future<Integer> own = ends.client().read(ByteBuffer.allocate(1));
        ends.client().close();
        assertThat(failureOf(own)).isInstanceOf(AsynchronousCloseException.class);
        assertThat(await(reading)).isEqualTo(-1);
    }

    // ---- Options ----

    @Test
    void optionsOfTheJavadoc() throws Exception {
        AsynchronousSocketChannel channel = channel();
        assertThat(channel.supportedOptions())
                .contains(
                        StandardSocketOptions.SO_SNDBUF,
                        StandardSocketOptions.SO_RCVBUF,
                        StandardSocketOptions.SO_KEEPALIVE,
                        StandardSocketOptions.SO_REUSEADDR,
                        StandardSocketOptions.TCP_NODELAY)
                .doesNotContain(StandardSocketOptions.SO_LINGER, StandardSocketOptions.IP_TOS);
        assertThat(channel.setOption(StandardSocketOptions.TCP_NODELAY, true)).isSameAs(channel);
        assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 64 << 10);
        assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isGreaterThanOrEqualTo(64 << 10);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.SO_LINGER, 1))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> channel.getOption(StandardSocketOptions.IP_TOS))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.getOption(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void everyOptionButOneOfTheJdksIsThere() throws Exception {
        AsynchronousSocketChannel jdk = closing(AsynchronousSocketChannel.open());
        assertThat(channel().supportedOptions().stream().map(Object::toString))
                .containsAll(jdk.supportedOptions().stream()
                        .map(Object::toString)
                        .filter(name -> !name.equals("SO_INCOMING_NAPI_ID"))
                        .toList());
    }
}
