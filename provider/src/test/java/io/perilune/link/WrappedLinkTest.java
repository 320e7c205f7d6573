package io.perilune.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.packet.Frames;
import io.perilune.sim.SimClock;
import io.perilune.trace.TraceLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loopback link, and the wrappers around it. */
class WrappedLinkTest {

    private static final long MAC = 0x02_00_5E_10_00_01L;

    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(256)));
    private final LoopbackLink loopback = new LoopbackLink(pool, MAC, 1500);
    private final SimClock clock = new SimClock();

    @AfterEach
    void noBufferIsLeaked() {
        loopback.close();
        assertThat(pool.lentCount()).isZero();
    }

    @Test
    void whatIsSentComesBackInOrderAndWithoutACopy() {
        PacketBuffer first = frame(1);
        assertThat(send(loopback, first, frame(2), frame(3))).isEqualTo(3);
        Burst burst = new Burst();
        assertThat(loopback.rxBurst(burst)).isEqualTo(3);
        assertThat(burst.frame(0)).isSameAs(first);
        assertThat(burst.flags(0)).isEqualTo(Burst.IP_CHECKSUM_GOOD | Burst.L4_CHECKSUM_GOOD);
        assertThat(drain(burst)).containsExactly(1, 2, 3);
    }

    @Test
    void aFrameThatItsSenderKeepsComesBackAsACopy() {
        PacketBuffer kept = frame(7);
        kept.retain();
        send(loopback, kept);
        assertThat(kept.references()).isEqualTo(1);
        kept.pull(20);
        Burst burst = new Burst();
        loopback.rxBurst(burst);
        assertThat(burst.frame(0)).isNotSameAs(kept);
        assertThat(burst.frame(0).length()).isEqualTo(60);
        assertThat(drain(burst)).containsExactly(7);
        kept.release();
    }

    @Test
    void aFrameWhosePayloadLiesElsewhereComesBackInOnePiece() {
        PacketBuffer payload = pool.allocate();
        payload.bytes().put(payload.append(3), new byte[] {1, 2, 3});
        PacketBuffer headers = frame(9);
        payload.retain();
        headers.attachPayload(payload, payload.start() + 1, 2);
        assertThat(headers.frameLength()).isEqualTo(62);
        send(loopback, headers);
        assertThat(payload.references()).isEqualTo(1);
        Burst burst = new Burst();
        loopback.rxBurst(burst);
        PacketBuffer whole = burst.frame(0);
        assertThat(whole.hasPayload()).isFalse();
        assertThat(whole.length()).isEqualTo(62);
        assertThat(whole.bytes().get(whole.end() - 2)).isEqualTo((byte) 2);
        assertThat(whole.bytes().get(whole.end() - 1)).isEqualTo((byte) 3);
        assertThat(drain(burst)).containsExactly(9);
        payload.release();
    }

    @Test
    void aFrameIsCapturedAndPrintedWithThePayloadThatLiesElsewhere() throws IOException {
        byte[] packet = Frames.ipv4(0xC612_0001, 0xC612_0002)
                .payload(6, Frames.tcp(0xC612_0001, 0xC612_0002, 80, 81, 1, 2, 16, Frames.pattern(30)))
                .frame(MAC, MAC + 1);
        PacketBuffer headers = pool.allocate();
        headers.bytes().put(headers.append(54), packet, 0, 54);
        PacketBuffer payload = pool.allocate();
        headers.attachPayload(payload, payload.start(), 30);
        payload.bytes().put(payload.append(30), packet, 54, 30);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        List<String> lines = new ArrayList<>();
        try (Link link = new TraceLink(new PcapLink(loopback, file, clock, 0), clock, lines::add)) {
            send(link.queue(0), headers);
            Burst burst = new Burst();
            link.queue(0).rxBurst(burst);
            drain(burst);
        }
        byte[] captured = file.toByteArray();
        assertThat(Frames.part(captured, 24 + 16, 24 + 16 + 84)).isEqualTo(packet);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains(" > ").contains("length 30");
        assertThat(lines.get(1)).isEqualTo(lines.get(0).replaceFirst(" > ", " < "));
    }

    @Test
    void aFullLoopbackRefusesAndTheTransmitQueueKeepsOrCounts() {
        Counters counters = new Counters();
        TransmitQueue queue = new TransmitQueue(loopback, counters);
        for (int i = 0; i < 4096 + 32; i++) {
            queue.send(frame(i));
        }
        queue.flush();
        assertThat(loopback.pendingCount()).isEqualTo(4096);
        assertThat(queue.pendingCount()).isEqualTo(32);
        queue.send(frame(0));
        assertThat(counters.get(Counter.DROP_TX_QUEUE_FULL)).isEqualTo(1);
        Burst burst = new Burst();
        loopback.rxBurst(burst);
        drain(burst);
        assertThat(queue.flush()).isEqualTo(32);
        assertThat(counters.get(Counter.TX_FRAMES)).isEqualTo(4096 + 32);
        assertThat(counters.get(Counter.TX_BYTES)).isEqualTo((4096 + 32) * 60L);
    }

    @Test
    void anImpairedLinkWithoutImpairmentChangesNothing() {
        ImpairedLink link = new ImpairedLink(loopback, clock, 1);
        send(link.queue(0), frame(1), frame(2));
        assertThat(receive(link)).containsExactly(1, 2);
        assertThat(link.name()).isEqualTo("loopback");
        assertThat(link.macAddress()).isEqualTo(MAC);
    }

    @Test
    void lossFollowsItsChanceAndItsSeed() {
        List<Integer> first = sendManyWith(Impairment.NONE.withLoss(0.1), 5);
        assertThat(first).hasSizeBetween(850, 950);
        assertThat(sendManyWith(Impairment.NONE.withLoss(0.1), 5)).isEqualTo(first);
        assertThat(sendManyWith(Impairment.NONE.withLoss(0.1), 6)).isNotEqualTo(first);
        assertThat(sendManyWith(Impairment.NONE.withPartition(true), 5)).isEmpty();
        assertThat(sendManyWith(Impairment.NONE.withDuplication(0.5), 5)).hasSizeBetween(1400, 1600);
    }

    @Test
    void delayedFramesWaitForTheirTimeInBothDirections() {
        ImpairedLink link = new ImpairedLink(loopback, clock, 1);
        link.outward(Impairment.NONE.withDelay(1000, 0));
        link.inward(Impairment.NONE.withDelay(500, 0));
        send(link.queue(0), frame(1));
        clock.advance(999);
        assertThat(receive(link)).isEmpty();
        assertThat(loopback.pendingCount()).isZero();
        clock.advance(1);
        assertThat(receive(link)).isEmpty();
        clock.advance(499);
        assertThat(receive(link)).isEmpty();
        clock.advance(1);
        assertThat(receive(link)).containsExactly(1);
    }

    @Test
    void aFrameHeldBackIsOvertaken() {
        ImpairedLink link = new ImpairedLink(loopback, clock, 1);
        link.inward(Impairment.NONE.withReordering(1, 1000));
        send(link.queue(0), frame(1));
        assertThat(receive(link)).isEmpty();
        link.inward(Impairment.NONE);
        send(link.queue(0), frame(2));
        assertThat(receive(link)).containsExactly(2);
        clock.advance(1000);
        assertThat(receive(link)).containsExactly(1);
    }

    @Test
    void corruptionFlipsOneBitAndTheLinksVerdictIsForgotten() {
        ImpairedLink link = new ImpairedLink(loopback, clock, 1);
        link.inward(Impairment.NONE.withCorruption(1));
        for (int i = 0; i < 100; i++) {
            PacketBuffer frame = frame(0);
            byte[] before = bytes(frame);
            send(link.queue(0), frame);
            Burst burst = new Burst();
            link.queue(0).rxBurst(burst);
            byte[] after = bytes(burst.frame(0));
            int bits = 0;
            for (int at = 0; at < before.length; at++) {
                bits += Integer.bitCount((before[at] ^ after[at]) & 0xFF);
                assertThat(at >= 14 || before[at] == after[at]).isTrue();
            }
            assertThat(bits).isEqualTo(1);
            assertThat(burst.flags(0)).isZero();
            drain(burst);
        }
    }

    @Test
    void closingReleasesWhatIsOnTheWay() {
        ImpairedLink link = new ImpairedLink(loopback, clock, 1);
        link.outward(Impairment.NONE.withDelay(1000, 1000).withDuplication(1));
        send(link.queue(0), frame(1), frame(2));
        assertThat(pool.lentCount()).isEqualTo(4);
        link.close();
        assertThat(pool.lentCount()).isZero();
    }

    @Test
    void chancesAreChecked() {
        assertThatThrownBy(() -> Impairment.NONE.withLoss(1.5)).hasMessageContaining("loss");
        assertThatThrownBy(() -> Impairment.NONE.withCorruption(Double.NaN)).hasMessageContaining("corruption");
        assertThatThrownBy(() -> Impairment.NONE.withDelay(-1, 0)).hasMessageContaining("negative");
    }

    @Test
    void aCaptureHoldsEachFrameOnceForEachDirection() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        long epochNs = 1_700_000_000_000_000_005L;
        PcapLink link = new PcapLink(loopback, file, clock, epochNs);
        PacketBuffer frame = frame(9);
        byte[] bytes = bytes(frame);
        send(link.queue(0), frame);
        clock.advance(1_000_000_001);
        receive(link);
        link.close();

        ByteBuffer capture = ByteBuffer.wrap(file.toByteArray());
        assertThat(capture.remaining()).isEqualTo(24 + 2 * (16 + 60));
        assertThat(capture.getInt(0)).isEqualTo(0xA1B23C4D);
        assertThat(capture.getInt(4)).isEqualTo(0x00020004);
        assertThat(capture.getInt(20)).isEqualTo(1);
        assertThat(capture.getInt(24)).isEqualTo(1_700_000_000);
        assertThat(capture.getInt(28)).isEqualTo(5);
        assertThat(capture.getInt(32)).isEqualTo(60);
        assertThat(capture.getInt(36)).isEqualTo(60);
        assertThat(Frames.part(capture.array(), 40, 100)).isEqualTo(bytes);
        assertThat(capture.getInt(100)).isEqualTo(1_700_000_001);
        assertThat(capture.getInt(104)).isEqualTo(6);
    }

    @Test
    void aCaptureThatCannotBeWrittenLetsTheTrafficPassAndSaysSoAtTheEnd() throws IOException {
        boolean[] full = new boolean[1];
        OutputStream disk = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                if (full[0]) {
                    throw new IOException("No space left on device");
                }
            }
        };
        PcapLink link = new PcapLink(loopback, disk, clock, 0);
        full[0] = true;
        send(link.queue(0), frame(1));
        assertThat(receive(link)).containsExactly(1);
        assertThatThrownBy(link::close)
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage("No space left on device");
    }

    @Test
    void aTraceHasALineForEachFrameAndDirection() {
        List<String> lines = new ArrayList<>();
        TraceLink link = new TraceLink(loopback, clock, lines::add);
        PacketBuffer frame = pool.allocate();
        byte[] arp = Frames.arp(Frames.BROADCAST, 1, MAC, 0xC6120002, 0, 0xC6120001);
        frame.bytes().put(frame.append(arp.length), arp);
        send(link.queue(0), frame);
        clock.advance(1_500_000);
        receive(link);
        assertThat(lines)
                .containsExactly(
                        "0.000000 > ARP who-has 198.18.0.1 tell 198.18.0.2",
                        "0.001500 < ARP who-has 198.18.0.1 tell 198.18.0.2");
    }

    @Test
    void aSleepEndsByWakeupBeforeOrDuringIt() throws InterruptedException {
        MonitorSleeper sleeper = new MonitorSleeper();
        sleeper.wakeup();
        sleeper.sleep(Long.MAX_VALUE, Sleeper.NO_DESCRIPTOR);
        Thread thread = new Thread(() -> sleeper.sleep(60_000_000_000L, Sleeper.NO_DESCRIPTOR));
        thread.start();
        sleeper.wakeup();
        thread.join(30_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void aSleepEndsByInterruptWhichStays() {
        MonitorSleeper sleeper = new MonitorSleeper();
        Thread.currentThread().interrupt();
        sleeper.sleep(60_000_000_000L, Sleeper.NO_DESCRIPTOR);
        assertThat(Thread.interrupted()).isTrue();
    }

    private List<Integer> sendManyWith(Impairment impairment, long seed) {
        ImpairedLink link = new ImpairedLink(loopback, clock, seed);
        link.outward(impairment);
        List<Integer> received = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            send(link.queue(0), frame(i));
            received.addAll(receive(link));
        }
        return received;
    }

    private PacketBuffer frame(int number) {
        PacketBuffer frame = pool.allocate();
        int at = frame.append(60);
        frame.bytes().putInt(at + 20, number);
        return frame;
    }

    private static byte[] bytes(PacketBuffer frame) {
        byte[] bytes = new byte[frame.length()];
        frame.bytes().get(frame.start(), bytes);
        return bytes;
    }

    private static int send(LinkQueue queue, PacketBuffer... frames) {
        Burst burst = new Burst();
        for (PacketBuffer frame : frames) {
            burst.add(frame, 0);
        }
        return queue.txBurst(burst);
    }

    private static List<Integer> receive(Link link) {
        Burst burst = new Burst();
        link.queue(0).rxBurst(burst);
        return drain(burst);
    }

    private static List<Integer> drain(Burst burst) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < burst.count(); i++) {
            PacketBuffer frame = burst.frame(i);
            numbers.add(frame.bytes().getInt(frame.start() + 20));
            frame.release();
        }
        burst.clear();
        return numbers;
    }
}
