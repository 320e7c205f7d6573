package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.metrics.Counter;
import io.perilune.packet.Seg;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Received bytes in their user's hands, and bytes that are sent from where they lie. */
class LoanTest {

    private TcpScript t;
    private final Deque<Loan> held = new ArrayDeque<>();

    @AfterEach
    void nothingIsLeftWhenAllIsGivenBack() {
        while (!held.isEmpty()) {
            giveBackFirst();
        }
        t.connection.abort(t.nowNs);
        t.tcp.flush(t.nowNs);
        t.skip();
        assertThat(t.tcp.lentCount()).isZero();
        assertThat(t.pool.lentCount()).isZero();
    }

    @Test
    void whatIsTakenIsWhatWasReceivedInItsOrder() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        t.inject(data(50, 101, 1));
        assertThat(bytesOf(take())).isEqualTo(pattern(1, 100));
        assertThat(t.connection.available()).isEqualTo(50);
        assertThat(bytesOf(take())).isEqualTo(pattern(101, 50));
        assertThat(t.connection.take(new Loan(), t.nowNs)).isZero();
        assertThat(t.count(Counter.BYTES_ZERO_COPY)).isEqualTo(150);
        assertThat(t.count(Counter.BYTES_COPIED_RX)).isZero();
        t.inject(seg("FA").seq(151).ack(1));
        assertThat(t.connection.take(new Loan(), t.nowNs)).isEqualTo(TcpConnection.END_OF_STREAM);
    }

    @Test
    void aShareThatIsRefusedIsNotCounted() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        Loan loan = take();
        int references = loan.buffer.references();
        while (loan.buffer.references() < 65_535) {
            loan.buffer.retain();
        }
        assertThatThrownBy(() -> t.tcp.share(loan, new Loan()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too many references");
        assertThat(t.tcp.lentCount()).isEqualTo(1);
        while (loan.buffer.references() > references) {
            loan.buffer.release();
        }
    }

    @Test
    void readingAndTakingMayAlternate() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        assertThat(t.read(30, 1)).isEqualTo(30);
        assertThat(bytesOf(take())).isEqualTo(pattern(31, 70));
        t.inject(data(20, 101, 1));
        assertThat(t.read(30, 101)).isEqualTo(20);
        assertThat(t.count(Counter.BYTES_COPIED_RX)).isEqualTo(50);
        assertThat(t.count(Counter.BYTES_ZERO_COPY)).isEqualTo(70);
    }

    @Test // RFC 9293 §3.8.6.2.2
    void whatIsHeldKeepsTheWindowShutUntilItIsGivenBack() {
        t = new TcpScript("tcp.receive-buffer", "10000", "tcp.receive-buffer-max", "10000")
                .connect(seg("SA").ack(1).mss(1000));
        for (int i = 0; i < 10; i++) {
            t.inject(data(1000, 1 + i * 1000L, 1));
            take();
        }
        t.advance(50);
        assertThat(last().window).isZero();
        assertThat(t.connection.available()).isZero();
        t.advance(200).silence();
        for (int i = 0; i < 5; i++) {
            giveBackFirst();
        }
        assertThat(last().window).isBetween(1000, 5000);
        t.inject(data(1000, 10_001, 1));
        assertThat(t.connection.available()).isEqualTo(1000);
    }

    @Test
    void theBuffersThatUsersHoldAreBoundedAndNothingIsLostAtTheBound() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        Loan loan = new Loan();
        int count = 0;
        while (t.tcp.lend(loan) > 0) {
            held.add(loan);
            loan = new Loan();
            count++;
        }
        assertThat(t.tcp.lend(loan)).isEqualTo(TcpConnection.LOANS_FULL);
        assertThat(count).isEqualTo(t.pool.usable() / 2);
        assertThat(t.connection.take(loan, t.nowNs)).isEqualTo(TcpConnection.LOANS_FULL);
        assertThat(t.tcp.share(held.getFirst(), loan)).isEqualTo(TcpConnection.LOANS_FULL);
        assertThat(t.read(40, 1)).isEqualTo(40);
        giveBackFirst();
        assertThat(bytesOf(take())).isEqualTo(pattern(41, 60));
    }

    @Test
    void receivedBytesAreSentFromWhereTheyLie() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        Loan loan = take();
        byte[] bytes = bytesOf(loan);
        t.skip();
        write(loan, 100);
        assertThat(loan.isEmpty()).isTrue();
        assertThat(t.tcp.lentCount()).isZero();
        Sent sent = t.expect("PA", 1, 101, 100);
        assertThat(sent.data).isEqualTo(bytes);
        assertThat(sent.checksumGood).isTrue();
        assertThat(t.pool.lentCount()).isEqualTo(1);
        t.inject(seg("A").seq(101).ack(101));
        assertThat(t.pool.lentCount()).isZero();
        assertThat(t.count(Counter.BYTES_ZERO_COPY)).isEqualTo(200);
        assertThat(t.count(Counter.BYTES_COPIED_TX)).isZero();
    }

    @Test
    void whatIsSharedIsSentAndSentAgainWithoutATouchOfItsBuffer() {
        t = TcpScript.established();
        t.inject(data(101, 1, 1));
        Loan loan = take();
        Loan kept = new Loan();
        assertThat(t.tcp.share(loan, kept)).isEqualTo(101);
        held.add(kept);
        byte[] cell = cellOf(kept);
        t.skip();
        write(loan, 101);
        Sent first = t.expect("PA", 1, 102, 101);
        assertThat(first.data).isEqualTo(pattern(1, 101));
        assertThat(first.checksumGood).isTrue();
        t.advance(250);
        Sent again = t.expect("PA", 1, 102, 101);
        assertThat(again.data).isEqualTo(pattern(1, 101));
        assertThat(again.checksumGood).isTrue();
        assertThat(cellOf(kept)).isEqualTo(cell);
        t.inject(seg("A").seq(102).ack(102));
        assertThat(bytesOf(kept)).isEqualTo(pattern(1, 101));
        write(kept, 101);
        held.remove(kept);
        assertThat(t.expect("PA", 102, 102, 101).data).isEqualTo(pattern(1, 101));
    }

    @Test
    void aPieceThatIsLongerThanASegmentIsCutAndNotCopied() {
        t = TcpScript.established();
        Loan loan = filled(1900);
        write(loan, 1900);
        Sent first = t.expect("A", 1, 1, 1460);
        Sent second = t.expect("PA", 1461, 1, 440);
        assertThat(first.data).isEqualTo(pattern(1, 1460));
        assertThat(second.data).isEqualTo(pattern(1461, 440));
        assertThat(t.pool.lentCount()).isEqualTo(1);
        t.inject(seg("A").seq(1).ack(1461));
        assertThat(t.pool.lentCount()).isEqualTo(1);
        t.advance(300);
        assertThat(t.expect("PA", 1461, 1, 440).data).isEqualTo(pattern(1461, 440));
        t.inject(seg("A").seq(1).ack(1901));
        assertThat(t.pool.lentCount()).isZero();
    }

    @Test
    void nothingIsWrittenBehindBytesThatSomebodyElseHolds() {
        t = TcpScript.established();
        Loan loan = filled(100);
        Loan kept = new Loan();
        t.tcp.share(loan, kept);
        held.add(kept);
        t.connection.options().noDelay = true;
        byte[] cell = cellOf(kept);
        assertThat(t.connection.write(loan, t.nowNs)).isEqualTo(100);
        t.write(50);
        assertThat(t.expect("A", 1, 1, 100).data).isEqualTo(pattern(1, 100));
        assertThat(t.expect("PA", 101, 1, 50).data).isEqualTo(new byte[50]);
        assertThat(cellOf(kept)).isEqualTo(cell);
    }

    @Test
    void aLoanMayBeNarrowedButNotWidened() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        Loan loan = take();
        loan.narrow(10, 80);
        assertThat(bytesOf(loan)).isEqualTo(pattern(11, 80));
        assertThatThrownBy(() -> loan.narrow(1, 80)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> loan.narrow(-1, 80)).isInstanceOf(IndexOutOfBoundsException.class);
        t.skip();
        write(loan, 80);
        assertThat(t.expect("PA", 1, 101, 80).data).isEqualTo(pattern(11, 80));
    }

    @Test
    void whatIsHeldOutlivesItsConnection() {
        t = TcpScript.established();
        t.inject(data(100, 1, 1));
        Loan loan = take();
        t.inject(seg("R").seq(101));
        assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
        assertThat(bytesOf(loan)).isEqualTo(pattern(1, 100));
        assertThat(t.connection.write(loan, t.nowNs)).isEqualTo(TcpConnection.FAILED);
        assertThat(t.pool.lentCount()).isEqualTo(1);
    }

    @Test
    void aWriteThatFindsNoRoomLeavesTheLoanAndTellsWhenThereIsSome() {
        t = new TcpScript("tcp.send-buffer", "3000", "tcp.send-buffer-max", "3000")
                .connect(seg("SA").ack(1).mss(1460));
        t.connection.options().noDelay = true;
        write(filled(1500), 1500);
        write(filled(1500), 1500);
        t.skip();
        Loan third = filled(100);
        held.add(third);
        assertThat(t.connection.write(third, t.nowNs)).isZero();
        assertThat(third.isEmpty()).isFalse();
        t.inject(seg("A").seq(1).ack(3001));
        assertThat(t.events).contains("writable");
        held.remove(third);
        write(third, 100);
        t.expect("PA", 3001, 1, 100);
    }

    private Loan take() {
        Loan loan = new Loan();
        assertThat(t.connection.take(loan, t.nowNs)).isPositive();
        held.add(loan);
        return loan;
    }

    private Loan filled(int length) {
        Loan loan = new Loan();
        assertThat(t.tcp.lend(loan)).isGreaterThanOrEqualTo(length);
        loan.bytes().put(loan.offset(), pattern(1, length));
        loan.narrow(0, length);
        return loan;
    }

    private void write(Loan loan, int length) {
        assertThat(t.connection.write(loan, t.nowNs)).isEqualTo(length);
        held.remove(loan);
        t.tcp.flush(t.nowNs);
    }

    private void giveBackFirst() {
        t.tcp.giveBack(held.removeFirst(), t.nowNs);
        t.tcp.flush(t.nowNs);
    }

    private Sent last() {
        Sent last = t.next();
        while (t.hasSent()) {
            last = t.next();
        }
        return last;
    }

    private static byte[] bytesOf(Loan loan) {
        byte[] bytes = new byte[loan.length()];
        loan.bytes().get(loan.offset(), bytes);
        return bytes;
    }

    /** All that is in the buffer, headroom too. */
    private static byte[] cellOf(Loan loan) {
        byte[] bytes = new byte[loan.buffer.capacity()];
        loan.bytes().get(loan.buffer.base(), bytes);
        return bytes;
    }

    private static byte[] pattern(int seq, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = Seg.patternAt(seq + i);
        }
        return bytes;
    }
}
