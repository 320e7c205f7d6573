package io.perilune.dpdk;

import io.perilune.config.Settings;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Child of {@link MemifLinkTest}: one end of a memif link, which echoes frames or checks the echoes of its own. */
public final class MemifPeer {

    private static final int WINDOW = 256;
    /** So long that the test would fail by its own time limit if it were over. */
    private static final long SLEEP_NS = 60_000_000_000L;
    /** Length of a first piece. */
    private static final int HEAD = 54;

    private static final int KEPT = 100;
    /** A frame that begins so ends the echo. */
    private static final int STOP = 0x53544f50;

    private final DpdkLink link;
    private final DpdkQueue queue;
    private final Burst received = new Burst();
    private final List<PacketBuffer> bodies = new ArrayList<>();
    private final Burst sending = new Burst();

    private final int frameLength;

    private MemifPeer(String name, String mtu) throws Exception {
        link = DpdkLinks.open(Settings.of(Map.of("link", name, "memory", "16m", "mtu", mtu)));
        frameLength = mtu.equals("1500") ? 64 : 14 + Integer.parseInt(mtu);
        queue = link.dpdkQueue(0);
    }

    /** Runs it: the link, what to do, how often, and the mtu if it is not 1500: then frames are that long. */
    public static void main(String[] arguments) throws Exception {
        MemifPeer peer = new MemifPeer(arguments[0], arguments.length > 3 ? arguments[3] : "1500");
        int count = Integer.parseInt(arguments[2]);
        System.out.println("open");
        switch (arguments[1]) {
            case "echo" -> peer.echo();
            case "check" -> peer.check(count);
            case "measure" -> peer.measure(count);
            case "sleepy-echo" -> peer.echoSleepily();
            case "sleepy-check" -> peer.checkSleepily(count);
            case "persist" -> peer.persist(count);
            default -> throw new IllegalArgumentException(arguments[1]);
        }
        peer.report();
        peer.link.close();
    }

    private void awaitUp() {
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (!link.isUp()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("the other end does not come\n" + Eal.log());
            }
            queue.sleeper().sleep(1_000_000, -1);
        }
    }

    private void report() {
        queue.pool().flushReturns();
        // What is neither free in C nor noted as Java's has been lost on the way.
        long lost = queue.pool().capacity() - queue.freeCells() - queue.lentCells();
        System.out.println("lent=" + queue.pool().lentCount() + " lost=" + lost + " dropped=" + queue.droppedCount());
    }

    private static boolean isOfTwo(int sequence) {
        return sequence % 5 == 1 && sequence % 1001 != 0;
    }

    /** Sends everything back until told to stop, and says when the other end comes and goes. */
    private void echo() {
        boolean up = false;
        long turns = 0;
        while (true) {
            if ((turns++ & 0xFF) == 0 && link.isUp() != up) {
                up = !up;
                System.out.println(up ? "up" : "down");
            }
            if (queue.rxBurst(received) == 0) {
                Thread.onSpinWait();
                continue;
            }
            boolean stop = false;
            for (int i = 0; i < received.count(); i++) {
                PacketBuffer frame = received.frame(i);
                stop |= frame.bytes().getInt(frame.start()) == STOP;
                sending.add(frame, 0);
            }
            received.clear();
            transmit();
            if (stop) {
                return;
            }
        }
    }

    /** As {@link #echo}, but sleeps whenever there is nothing to receive, until there is. */
    private void echoSleepily() {
        boolean stop = false;
        while (!stop) {
            receiveSleepily();
            for (int i = 0; i < received.count(); i++) {
                PacketBuffer frame = received.frame(i);
                stop |= frame.bytes().getInt(frame.start()) == STOP;
                sending.add(frame, 0);
            }
            received.clear();
            transmit();
        }
    }

    /** Receives at least one frame, asleep until it is there; a sleep that nothing ends would last for a minute. */
    private void receiveSleepily() {
        long startNs = System.nanoTime();
        while (queue.rxBurst(received) == 0) {
            queue.sleeper().sleep(SLEEP_NS, -1);
            if (System.nanoTime() - startNs > SLEEP_NS - 1_000_000_000L) {
                throw new AssertionError("nothing ended the sleep");
            }
        }
    }

    /** Bounces one frame at a time; both ends sleep until it comes. */
    private void checkSleepily(int count) {
        awaitUp();
        long startNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            sending.add(frame(i), 0);
            transmit();
            receiveSleepily();
            for (int j = 0; j < received.count(); j++) {
                received.frame(j).release();
            }
            received.clear();
        }
        System.out.println("echoed=" + count + " in " + (System.nanoTime() - startNs) / count + " ns each");
        stop();
    }

    /** Sends the burst; what the link refuses although its other end is there is offered again. */
    private void transmit() {
        while (sending.count() > 0 && (queue.txBurst(sending) > 0 || link.isUp())) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < sending.count(); i++) {
            sending.frame(i).release();
        }
        sending.clear();
    }

    private PacketBuffer frame(int sequence) {
        PacketBuffer frame = queue.pool().allocate();
        if (frame == null) {
            throw new AssertionError(
                    "no buffer is left: " + queue.freeCells() + " free, " + queue.lentCells() + " lent");
        }
        frame.append(frameLength);
        frame.bytes().putInt(frame.start(), sequence);
        return frame;
    }

    /** A frame in two pieces, the second of which its other holder, if there is to be one, keeps. */
    private PacketBuffer frameOfTwo(int sequence, boolean shared) {
        PacketBuffer head = frame(sequence);
        PacketBuffer body = frame(sequence);
        head.truncate(HEAD);
        for (int i = HEAD; i < frameLength; i++) {
            body.bytes().put(body.start() + i, (byte) (sequence + i));
        }
        if (shared) {
            body.retain();
            bodies.add(body);
        }
        head.attachPayload(body, body.start() + HEAD, frameLength - HEAD);
        return head;
    }

    private void checkBody(PacketBuffer frame, int sequence) {
        for (int i = HEAD; i < frameLength; i++) {
            if (frame.bytes().get(frame.start() + i) != (byte) (sequence + i)) {
                throw new AssertionError("byte " + i + " of frame " + sequence + " is wrong: " + frame);
            }
        }
    }

    /** Sends frames, keeps references to some of them for a while, sends some of those again, and checks each echo. */
    private void check(int count) {
        awaitUp();
        PacketBuffer[] kept = new PacketBuffer[KEPT];
        int sent = 0;
        int again = 0;
        int echoed = 0;
        int expected = 0;
        long deadlineNs = System.nanoTime() + 60_000_000_000L;
        while (echoed < count + again || sent < count) {
            while (sent < count && sent + again - echoed < WINDOW && sending.count() < Burst.MAX - 1) {
                int place = sent % KEPT;
                if (isOfTwo(sent)) {
                    sending.add(frameOfTwo(sent, sent % 2 == 0), 0);
                    sent++;
                    if (bodies.size() > KEPT) {
                        bodies.remove(0).release();
                    }
                    continue;
                }
                PacketBuffer frame = frame(sent);
                if (sent % 7 == 0) {
                    if (kept[place] != null) {
                        kept[place].release();
                    }
                    frame.retain();
                    kept[place] = frame;
                }
                sending.add(frame, 0);
                if (sent % 1001 == 0) {
                    // The same buffer twice in a burst, as a hasty retransmission does; its last reference goes along.
                    kept[place] = null;
                    sending.add(frame, 0);
                    again++;
                }
                sent++;
            }
            transmit();
            queue.rxBurst(received);
            for (int i = 0; i < received.count(); i++) {
                PacketBuffer frame = received.frame(i);
                int sequence = frame.bytes().getInt(frame.start());
                if (frame.length() != frameLength || (sequence != expected && sequence != expected - 1)) {
                    throw new AssertionError("frame " + sequence + " where " + expected + " was due: " + frame);
                }
                if (isOfTwo(sequence)) {
                    checkBody(frame, sequence);
                }
                expected = sequence + 1;
                frame.release();
            }
            echoed += received.count();
            received.clear();
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError(sent + " and " + again + " sent, but " + echoed + " echoed");
            }
        }
        for (PacketBuffer frame : kept) {
            if (frame != null) {
                frame.release();
            }
        }
        bodies.forEach(PacketBuffer::release);
        System.out.println("echoed=" + (echoed - again));
        stop();
    }

    private void stop() {
        sending.add(frame(STOP), 0);
        transmit();
        awaitEcho();
    }

    private void awaitEcho() {
        while (queue.rxBurst(received) == 0 && link.isUp()) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < received.count(); i++) {
            received.frame(i).release();
        }
        received.clear();
    }

    /** Bounces one frame at a time, then bursts of 32, and prints what it took. */
    private void measure(int count) {
        awaitUp();
        long[] roundNs = new long[count];
        for (int run = 0; run < 2; run++) { // the first warms up
            for (int i = 0; i < count; i++) {
                long startNs = System.nanoTime();
                sending.add(frame(i), 0);
                queue.txBurst(sending);
                awaitEcho();
                roundNs[i] = System.nanoTime() - startNs;
            }
        }
        Arrays.sort(roundNs);
        System.out.println(
                "round trip: median " + roundNs[count / 2] + " ns, 99th " + roundNs[count * 99 / 100] + " ns");
        int echoed = 0;
        int sent = 0;
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < 2_000_000_000L) {
            while (sent - echoed < WINDOW && !sending.isFull()) {
                sending.add(frame(sent++), 0);
            }
            queue.txBurst(sending);
            queue.rxBurst(received);
            for (int i = 0; i < received.count(); i++) {
                received.frame(i).release();
            }
            echoed += received.count();
            received.clear();
        }
        System.out.println("echoed frames a second: " + echoed / 2);
        while (echoed < sent) {
            transmit();
            echoed += queue.rxBurst(received);
            for (int i = 0; i < received.count(); i++) {
                received.frame(i).release();
            }
            received.clear();
        }
        stop();
    }

    /** Keeps the link busy, whatever becomes of the other end, until it has come and gone so many times. */
    private void persist(int lives) {
        boolean up = false;
        int deaths = 0;
        long turns = 0;
        long echoedInLife = 0;
        while (deaths < lives) {
            if ((turns++ & 0xFF) == 0 && link.isUp() != up) {
                up = !up;
                deaths += up ? 0 : 1;
                echoedInLife = 0;
                System.out.println(up ? "up" : "down after " + deaths);
            }
            while (!sending.isFull()) {
                sending.add(frame(0), 0);
            }
            queue.txBurst(sending);
            int count = queue.rxBurst(received);
            for (int i = 0; i < count; i++) {
                received.frame(i).release();
            }
            received.clear();
            count = up ? count : 0;
            if (echoedInLife < 10_000 && echoedInLife + count >= 10_000) {
                System.out.println("busy");
            }
            echoedInLife += count;
            queue.pool().flushReturns();
        }
        for (int i = 0; i < sending.count(); i++) {
            sending.frame(i).release();
        }
        sending.clear();
    }
}
