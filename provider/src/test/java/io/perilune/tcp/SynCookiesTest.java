package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Seg;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SYN cookies (RFC 4987 §3.6): what of a SYN survives, and what is refused. */
class SynCookiesTest {

    private static final int TICK_MS = (int) (SynCookies.TICK_NS / TcpScript.MS);

    private final TcpScript t = new TcpScript("tcp.syn-cookies", "always").listen(10);

    /** Lets the peer send a SYN; returns the answer, of which nothing is kept. */
    private Sent answerTo(Seg syn) {
        t.inject(syn);
        Sent cookie = t.next();
        assertThat(cookie.flags).startsWith("SA");
        assertThat(t.tcp.connectionCount()).isZero();
        assertThat(t.wheel.armedCount()).isZero();
        assertThat(t.pool.lentCount()).isZero();
        t.iss = cookie.seq;
        return cookie;
    }

    private TcpConnection accepted() {
        TcpConnection c = t.listener.accept();
        assertThat(c).isNotNull();
        t.connection = c;
        c.attach(t);
        return c;
    }

    @ParameterizedTest(name = "an MSS of {0} becomes {1}")
    @CsvSource({
        "1460, 1460",
        "1459, 1440",
        "1440, 1440",
        "1400, 1400",
        "1300, 1300",
        "1220, 1220",
        "800, 536",
        "536, 536",
        "100, 216",
        "9000, 1460"
    })
    void theSegmentSizeSurvivesAsTheNextSmallerOfEight(int mss, int expected) {
        answerTo(seg("S").mss(mss));
        t.inject(seg("A").seq(1).ack(1));
        // The last is cut by the link's own MTU.
        assertThat(accepted().sndMss).isEqualTo(expected);
    }

    @Test
    void withTimestampsScaleSackAndEcnSurvive() {
        Sent cookie = answerTo(seg("SEC").mss(1460).scale(9).sackPermitted().timestamps(777, 0));
        assertThat(cookie.flags).isEqualTo("SAE");
        assertThat(cookie.scale).isNotNegative();
        assertThat(cookie.sackPermitted).isTrue();
        t.advance(30);
        t.inject(seg("A").seq(1).ack(1).window(1000).timestamps(778, cookie.tsVal));
        TcpConnection c = accepted();
        assertThat(c.timestamps).isTrue();
        assertThat(c.tsRecent).isEqualTo(778);
        assertThat(c.sack).isTrue();
        assertThat(c.sndScale).isEqualTo((byte) 9);
        assertThat(c.rcvScale).isEqualTo((byte) cookie.scale);
        assertThat(c.sndWnd).isEqualTo(1000 << 9);
        assertThat(c.ecn & Ecn.AGREED).isNotZero();
        // Our timestamps go on from the one that bore the options.
        t.write(10);
        assertThat(t.next().tsVal - cookie.tsVal).isBetween(30, 30 + 64);
        assertThat(t.count(Counter.TCP_SYN_COOKIES_SENT)).isOne();
        assertThat(t.count(Counter.TCP_SYN_COOKIES_ACCEPTED)).isOne();
    }

    @Test
    void aPeerWithTimestampsAndNothingElseGetsNothingElse() {
        Sent cookie = answerTo(seg("S").mss(1460).timestamps(777, 0));
        assertThat(cookie.scale).isEqualTo(-1);
        assertThat(cookie.sackPermitted).isFalse();
        t.inject(seg("A").seq(1).ack(1).timestamps(778, cookie.tsVal));
        TcpConnection c = accepted();
        assertThat(c.timestamps).isTrue();
        assertThat(c.sack).isFalse();
        assertThat(c.sndScale).isZero();
        assertThat(c.rcvScale).isZero();
        assertThat(c.ecn & Ecn.AGREED).isZero();
    }

    @Test // they could not be remembered, so they are not agreed on
    void withoutTimestampsOnlyTheSegmentSizeSurvives() {
        Sent cookie = answerTo(seg("SEC").mss(1300).scale(7).sackPermitted());
        assertThat(cookie.flags).isEqualTo("SA");
        assertThat(cookie.scale).isEqualTo(-1);
        assertThat(cookie.sackPermitted).isFalse();
        assertThat(cookie.timestamps).isFalse();
        t.inject(seg("A").seq(1).ack(1));
        TcpConnection c = accepted();
        assertThat(c.sack).isFalse();
        assertThat(c.sndScale).isZero();
        assertThat(c.sndMss).isEqualTo(1300);
    }

    @Test
    void dataOnTheAcknowledgmentIsDelivered() {
        answerTo(seg("S").mss(1460));
        t.inject(data(100, 1, 1));
        accepted();
        assertThat(t.read(1000, 1)).isEqualTo(100);
    }

    @Test
    void theConnectionWorksToItsEnd() {
        answerTo(seg("S").mss(1460));
        t.inject(seg("A").seq(1).ack(1));
        accepted();
        t.write(500);
        t.expect("PA", 1, 1, 500);
        t.inject(seg("FA").seq(1).ack(501));
        t.expect("A", 501, 2);
        t.connection.close(t.nowNs);
        t.tcp.flush(t.nowNs);
        t.expect("FA", 501, 2);
        t.inject(seg("A").seq(2).ack(502));
        t.listener.close(t.nowNs);
        t.expectNothingLeft();
    }

    @Test
    void aCookieIsGoodForAMinuteAtLeastAndForTwoAtMost() {
        answerTo(seg("S"));
        t.advance(TICK_MS);
        t.inject(seg("A").seq(1).ack(1));
        accepted().abort(t.nowNs);
        t.skip();
        answerTo(seg("S"));
        t.advance(2 * TICK_MS);
        t.inject(seg("A").seq(1).ack(1));
        t.expectPlainReset(1);
        assertThat(t.listener.accept()).isNull();
        assertThat(t.count(Counter.TCP_SYN_COOKIES_ACCEPTED)).isOne();
    }

    @Test
    void whatIsNoCookieIsReset() {
        answerTo(seg("S"));
        for (int wrong : new int[] {-1000, -8, -1, 2, 3, 9, 1 << 20}) {
            t.inject(seg("A").seq(1).ack(wrong));
            assertThat(t.next().flags).isEqualTo("R");
        }
        // The right one with the number after the next of the peer is none either.
        t.inject(seg("A").seq(2).ack(1));
        assertThat(t.next().flags).isEqualTo("R");
        // From another port neither.
        t.peerPort++;
        t.inject(seg("A").seq(1).ack(1));
        assertThat(t.next().flags).isEqualTo("R");
        assertThat(t.count(Counter.TCP_SYN_COOKIES_REFUSED)).isEqualTo(9);
        assertThat(t.listener.accept()).isNull();
    }

    @Test
    void withoutCookiesOutNoAcknowledgmentIsLookedAt() {
        TcpScript u = new TcpScript().listen(10);
        u.inject(seg("A").seq(1).ack(1));
        assertThat(u.next().flags).isEqualTo("R");
        assertThat(u.count(Counter.TCP_SYN_COOKIES_REFUSED)).isZero();
    }

    @Test // as without cookies: the peer's data or its patience gives another chance
    void whenTheAcceptQueueIsFullTheAcknowledgmentIsDropped() {
        TcpScript u = new TcpScript("tcp.syn-cookies", "always").listen(1);
        int[] numbers = new int[2];
        for (int i = 0; i < 2; i++) {
            u.peerPort = 20_000 + i;
            u.inject(seg("S"));
            numbers[i] = u.next().seq;
        }
        for (int i = 0; i < 2; i++) {
            u.peerPort = 20_000 + i;
            u.iss = numbers[i];
            u.inject(seg("A").seq(1).ack(1)).silence();
        }
        assertThat(u.count(Counter.DROP_TCP_ACCEPT_QUEUE_FULL)).isOne();
        assertThat(u.listener.accept().remotePort()).isEqualTo(20_000);
        u.inject(data(5, 1, 1));
        assertThat(u.listener.accept().remotePort()).isEqualTo(20_001);
    }

    @Test // it sends all its first window, and only the first segment shows that it had a cookie
    void whoWasPutOffIsNotResetForWhatItSendsNext() {
        TcpScript u = new TcpScript("tcp.syn-cookies", "always").listen(1);
        u.peerPort = 20_001;
        u.inject(seg("S"));
        int second = u.next().seq;
        u.peerPort = 20_000;
        u.handshake(seg("S"));
        u.peerPort = 20_001;
        u.iss = second;
        u.inject(data(10, 11, 1));
        u.expectPlainReset(1);
        u.inject(seg("A").seq(1).ack(1)).silence();
        u.inject(data(10, 1, 1)).silence();
        u.inject(data(10, 11, 1)).silence();
        u.inject(data(10, 21, 1)).silence();
        u.nowNs += 61_000 * TcpScript.MS;
        u.inject(data(10, 11, 1));
        u.expectPlainReset(1);
    }

    @Test
    void cookiesOfOneTupleDifferByNumberTupleAndTime() {
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            t.peerPort = 10_000 + i;
            seen.add(answerTo(seg("S")).seq);
            seen.add(answerTo(seg("S").seq(1)).seq);
        }
        t.advance(TICK_MS);
        for (int i = 0; i < 200; i++) {
            t.peerPort = 10_000 + i;
            seen.add(answerTo(seg("S")).seq);
        }
        // Two of 600 numbers out of 2^29 are the same by chance once in 3,000 times; the keys here are fixed.
        assertThat(seen).hasSize(600);
    }

    @Test // RFC 9293 §3.10.7.4, TIME-WAIT: the new number must be beyond the old ones, which a cookie cannot be
    void aConnectionInTimeWaitIsReplacedWithoutACookie() {
        answerTo(seg("S"));
        t.inject(seg("A").seq(1).ack(1));
        accepted();
        t.connection.close(t.nowNs);
        t.tcp.flush(t.nowNs);
        t.expect("FA", 1, 1);
        t.inject(seg("FA").seq(1).ack(2));
        t.expect("A", 2, 2);
        assertThat(t.tcp.timeWaitCount()).isOne();
        int old = t.iss;
        t.inject(seg("S").seq(100_000));
        Sent synAck = t.next();
        assertThat(synAck.flags).isEqualTo("SA");
        assertThat(SeqNum.after(synAck.seq, old + 2)).isTrue();
        assertThat(t.count(Counter.TCP_SYN_COOKIES_SENT)).isOne();
        assertThat(t.tcp.connectionCount()).isOne();
    }
}
