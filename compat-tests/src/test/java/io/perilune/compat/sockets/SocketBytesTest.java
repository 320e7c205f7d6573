package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Bytes through the streams of sockets (javadoc of java.net.Socket, InputStream and OutputStream). */
class SocketBytesTest extends SocketContract {

    private static final int LARGE = 5_000_000;

    @Test
    void largeStreamsPassBothWaysAtOnce() throws Exception {
        Pair pair = connect();
        byte[] up = randomBytes(LARGE, 1);
        byte[] down = randomBytes(LARGE, 2);
        FutureTask<Void> writingUp = beside(() -> write(pair.client(), up));
        FutureTask<Void> writingDown = beside(() -> write(pair.server(), down));
        FutureTask<byte[]> readingUp =
                beside(() -> pair.server().getInputStream().readAllBytes());
        assertThat(pair.client().getInputStream().readAllBytes()).isEqualTo(down);
        assertThat(resultOf(readingUp)).isEqualTo(up);
        resultOf(writingUp);
        resultOf(writingDown);
    }

    private static Void write(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        return null;
    }

    @Test
    void singleBytesAreUnsignedAndTheEndIsReadAgainAndAgain() throws Exception {
        Pair pair = connect();
        for (int value = 0; value < 256; value++) {
            pair.client().getOutputStream().write(value);
        }
        pair.client().shutdownOutput();
        InputStream in = pair.server().getInputStream();
        for (int value = 0; value < 256; value++) {
            assertThat(in.read()).isEqualTo(value);
        }
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.read(new byte[8])).isEqualTo(-1);
        assertThat(in.available()).isZero();
        assertThat(in.skip(10)).isZero();
    }

    @Test
    void argumentsAreChecked() throws Exception {
        Pair pair = connect();
        InputStream in = pair.client().getInputStream();
        OutputStream out = pair.client().getOutputStream();
        assertThatThrownBy(() -> in.read(null, 0, 0)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> in.read(new byte[4], 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> in.read(new byte[4], -1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(in.read(new byte[4], 4, 0)).isZero();
        assertThatThrownBy(() -> out.write(null, 0, 0)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> out.write(new byte[4], 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        out.write(new byte[4], 4, 0);
    }

    @Test
    void aReadThatTakesTooLongCanBeRepeated() throws Exception {
        Pair pair = connect();
        pair.client().setSoTimeout(20);
        InputStream in = pair.client().getInputStream();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(in::read)
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
        }
        pair.server().getOutputStream().write(7);
        pair.client().setSoTimeout(PATIENCE_S * 1000);
        assertThat(in.read()).isEqualTo(7);
    }

    @Test
    void availableTellsWhatIsThere() throws Exception {
        Pair pair = connect();
        assertThat(pair.server().getInputStream().available()).isZero();
        pair.client().getOutputStream().write(new byte[1000]);
        InputStream in = pair.server().getInputStream();
        assertThat(in.read()).isZero();
        while (in.available() < 999) {
            Thread.onSpinWait(); // the rest may still be on its way
        }
        assertThat(in.available()).isEqualTo(999);
        assertThat(in.read(new byte[2000])).isEqualTo(999);
    }

    @Test
    void whoReadsGetsWhatIsThereAndWaitsForNoMore() throws Exception {
        Pair pair = connect();
        pair.client().getOutputStream().write(new byte[] {1, 2, 3});
        assertThat(pair.server().getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
        pair.client().getOutputStream().write(new byte[] {4, 5});
        byte[] bytes = new byte[100];
        assertThat(pair.server().getInputStream().read(bytes, 10, 50)).isBetween(1, 2);
        assertThat(bytes[10]).isEqualTo((byte) 4);
    }

    @Test
    void shutdownInputEndsReading() throws Exception {
        Pair pair = connect();
        InputStream in = pair.client().getInputStream();
        pair.client().shutdownInput();
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.available()).isZero();
        assertThat(pair.client().isInputShutdown()).isTrue();
        assertThatThrownBy(() -> pair.client().getInputStream())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket input is shutdown");
        assertThatThrownBy(() -> pair.client().shutdownInput()).hasMessage("Socket input is already shutdown");
        pair.client().getOutputStream().write(1);
        assertThat(pair.server().getInputStream().read()).isEqualTo(1);
    }

    @Test
    void shutdownOutputEndsWritingAndThePeerReadsToTheEnd() throws Exception {
        Pair pair = connect();
        OutputStream out = pair.client().getOutputStream();
        out.write(9);
        pair.client().shutdownOutput();
        assertThat(pair.client().isOutputShutdown()).isTrue();
        assertThatThrownBy(() -> out.write(1)).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> pair.client().getOutputStream())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket output is shutdown");
        assertThat(pair.server().getInputStream().readAllBytes()).containsExactly(9);
        pair.server().getOutputStream().write(8);
        assertThat(pair.client().getInputStream().read()).isEqualTo(8);
    }

    @Test
    void shutdownInputWakesWhoReads() throws Exception {
        Pair pair = connect();
        FutureTask<Integer> reading =
                beside(() -> pair.client().getInputStream().read());
        awaitThreadIn("read");
        pair.client().shutdownInput();
        assertThat(resultOf(reading)).isEqualTo(-1);
    }

    @Test
    void urgentDataIsDiscardedOrInLine() throws Exception {
        Pair discarding = connect();
        discarding.client().sendUrgentData('!');
        discarding.client().getOutputStream().write('.');
        assertThat(discarding.server().getInputStream().read()).isEqualTo('.');

        Pair inline = connect();
        inline.server().setOOBInline(true);
        inline.client().getOutputStream().write('a');
        inline.client().sendUrgentData('!');
        inline.client().getOutputStream().write('b');
        assertThat(inline.server().getInputStream().readNBytes(3)).containsExactly('a', '!', 'b');
    }

    @Test
    void aStreamThatIsClosedClosesItsSocket() throws Exception {
        Pair pair = connect();
        pair.client().getInputStream().close();
        assertThat(pair.client().isClosed()).isTrue();
        assertThat(pair.server().getInputStream().read()).isEqualTo(-1);
        pair.server().getOutputStream().close();
        assertThat(pair.server().isClosed()).isTrue();
    }

    @Test
    void whatWasWrittenBeforeCloseArrives() throws Exception {
        Pair pair = connect();
        byte[] bytes = randomBytes(LARGE, 3);
        FutureTask<byte[]> reading = beside(() -> pair.server().getInputStream().readAllBytes());
        pair.client().getOutputStream().write(bytes);
        pair.client().close();
        assertThat(resultOf(reading)).isEqualTo(bytes);
    }

    @Test
    void aResetIsReadAgainAndAgain() throws Exception {
        Pair pair = connect();
        pair.client().setSoLinger(true, 0);
        pair.client().close();
        InputStream in = pair.server().getInputStream();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessage("Connection reset");
        }
        assertThatThrownBy(() -> {
                    OutputStream out = pair.server().getOutputStream();
                    out.write(1);
                    out.write(1);
                })
                .isInstanceOf(SocketException.class);
    }

    /** The JDK's shuts the output down before it closes, unless it is to reset: the end is there before the reset is. */
    @Test
    void afterACloseWithUnreadBytesThePeerReadsTheEnd() throws Exception {
        Pair pair = connect();
        pair.server().getOutputStream().write(new byte[100]);
        assertThat(pair.client().getInputStream().read()).isZero();
        pair.client().close();
        assertThat(pair.server().getInputStream().read()).isEqualTo(-1);
        assertThatThrownBy(() -> {
                    while (true) {
                        pair.server().getOutputStream().write(1);
                    }
                })
                .isInstanceOf(SocketException.class)
                .hasMessageMatching("Broken pipe|Connection reset.*");
    }

    @Test
    void aWriterWaitsForAReader() throws Exception {
        Pair pair = connect();
        byte[] bytes = randomBytes(2 * LARGE, 4);
        FutureTask<Void> writing = beside(() -> write(pair.client(), bytes));
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        InputStream in = pair.server().getInputStream();
        assertThat(writing.isDone()).isFalse();
        assertThat(in.transferTo(received)).isEqualTo(bytes.length);
        assertThat(received.toByteArray()).isEqualTo(bytes);
        resultOf(writing);
    }
}
