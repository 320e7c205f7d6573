package io.perilune.tcp;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.metrics.Counter;
import io.perilune.sim.SimHost;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * One flow over a fast short path that loses at random, with hosts whose turns take time: what a host has to do waits
 * until the turn before is over, as on a machine. Tells where the time of the flow goes.
 */
final class LossExperiment {

    private static final long MS = 1_000_000L;
    private static final int PORT = 7777;
    private static final int MSS = 1448;

    /** How long a host's turn takes: a time for itself and one for each frame that has come, up to so many of them. */
    record Cost(long turnNs, long frameNs, int mostFrames) {}

    static final Cost NOTHING = new Cost(0, 0, 1);

    final SimPair pair;
    final TcpConnection sender;
    private final TcpConnection receiver;
    private final Cost senderCost;
    private final Cost receiverCost;
    private final ByteBuffer source = ByteBuffer.allocateDirect(1 << 16);
    private final ByteBuffer sink = ByteBuffer.allocateDirect(1 << 16);
    private static final long IDLE = Long.MAX_VALUE;

    private long senderDueNs = IDLE;
    private long receiverDueNs = IDLE;
    private long received;
    private long ns;
    private double windowTime;
    private long recoveryNs;
    private long lossNs;
    private long idleNs;
    private long unlimitedNs;
    private double flightTime;

    LossExperiment(long seed, long bitsPerSecond, long oneWayNs, double loss, Cost senderCost, Cost receiverCost) {
        this(seed, bitsPerSecond, oneWayNs, loss, senderCost, receiverCost, Map.of());
    }

    LossExperiment(
            long seed,
            long bitsPerSecond,
            long oneWayNs,
            double loss,
            Cost senderCost,
            Cost receiverCost,
            Map<String, String> settings) {
        this.senderCost = senderCost;
        this.receiverCost = receiverCost;
        pair = new SimPair(seed);
        Tcp client = SimTcp.attach(pair.a(), Settings.of(settings), seed);
        Tcp server = SimTcp.attach(pair.b(), Settings.of(settings), seed + 1);
        pair.network().model.delayNs = oneWayNs;
        server.bind(0, Addresses.mappedLow(0), PORT, true, false);
        TcpListener listener = server.listen(0, Addresses.mappedLow(0), PORT, 5, new TcpSocketOptions(), l -> {});
        long to = Addresses.mappedLow(SimPair.ADDRESS_B);
        sender = client.connect(0, 0, 0, 0, to, PORT, new TcpSocketOptions(), null, pair.nowNs());
        pair.run(1_000 * MS);
        receiver = listener.accept();
        pair.network().model.bitsPerSecond = bitsPerSecond;
        pair.network().model.queueNs = 5 * MS;
        pair.network().model.loss = loss;
        senderDueNs = pair.nowNs();
    }

    /** Lets the flow run. */
    void run(long forNs) {
        long endNs = pair.nowNs() + forNs;
        while (pair.nowNs() - endNs < 0) {
            pair.network().pump();
            long nowNs = pair.nowNs();
            if (senderDueNs == IDLE && isDue(pair.a(), nowNs)) {
                senderDueNs = nowNs + cost(pair.a(), senderCost);
            }
            if (receiverDueNs == IDLE && isDue(pair.b(), nowNs)) {
                receiverDueNs = nowNs + cost(pair.b(), receiverCost);
            }
            if (senderDueNs != IDLE && senderDueNs - nowNs <= 0) {
                turnOfSender(nowNs);
                senderDueNs = IDLE;
            }
            if (receiverDueNs != IDLE && receiverDueNs - nowNs <= 0) {
                turnOfReceiver(nowNs);
                receiverDueNs = IDLE;
            }
            long nextNs = Math.min(pair.network().nextEventNs(), endNs);
            nextNs = Math.min(nextNs, senderDueNs == IDLE ? pair.a().nextEventNs() : senderDueNs);
            nextNs = Math.min(nextNs, receiverDueNs == IDLE ? pair.b().nextEventNs() : receiverDueNs);
            nextNs = Math.max(nextNs, nowNs + 1);
            account(nextNs - nowNs);
            pair.clock().advanceTo(nextNs);
        }
    }

    private static boolean isDue(SimHost host, long nowNs) {
        return host.nextEventNs() - nowNs <= 0;
    }

    private static long cost(SimHost host, Cost cost) {
        return cost.turnNs + Math.min(host.link().waitingCount(), cost.mostFrames) * cost.frameNs;
    }

    private void turnOfSender(long nowNs) {
        long before = frames(pair.a());
        long to0 = count(Counter.TCP_TIMEOUTS);
        long tlp0 = count(Counter.TCP_LOSS_PROBES);
        String was = state();
        boolean worked = true;
        for (int i = 0; worked && i < 4; i++) {
            source.clear();
            while (source.position() == 0 && sender.write(source, nowNs) > 0) {
                source.clear();
            }
            worked = pair.a().turn();
        }
        if (TRACE && count(Counter.TCP_TIMEOUTS) != to0) {
            System.out.println("RTO at " + nowNs / 1000 + " idle since " + (nowNs - lastWasNs) / 1000 + " us: " + was);
        } else if (TRACE && count(Counter.TCP_LOSS_PROBES) != tlp0) {
            System.out.println("TLP at " + nowNs / 1000 + " idle since " + (nowNs - lastWasNs) / 1000 + " us: " + was);
        } else if (TRACE && frames(pair.a()) != before && nowNs - lastWasNs > 500_000) {
            System.out.println("gap at " + nowNs / 1000 + " of " + (nowNs - lastWasNs) / 1000 + " us: " + was);
        }
        if (frames(pair.a()) != before) {
            lastWasNs = nowNs;
        }
    }

    private void turnOfReceiver(long nowNs) {
        boolean worked = true;
        for (int i = 0; worked && i < 4; i++) {
            worked = pair.b().turn();
            int count;
            do {
                sink.clear();
                count = receiver.read(sink, nowNs);
                received += Math.max(count, 0);
            } while (count > 0);
        }
    }

    private long lastWasNs;
    static final boolean TRACE = Boolean.getBoolean("trace");

    private String state() {
        StringBuilder b = new StringBuilder();
        for (SegmentRecord r = sender.sendQueue.head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            b.append(' ')
                    .append(r.length)
                    .append(r.has(SegmentRecord.SACKED) ? "S" : "")
                    .append(r.has(SegmentRecord.LOST) ? "L" : "")
                    .append(r.has(SegmentRecord.RETRANSMITTED) ? "R" : "")
                    .append(r.has(SegmentRecord.EVER_RETRANSMITTED) ? "E" : "")
                    .append('@')
                    .append((pair.nowNs() - r.sentNs) / 1000);
        }
        return "recovery " + sender.recovery + " window " + sender.congestion.window() + " threshold "
                + sender.congestion.slowStartThreshold() + " pipe " + sender.scoreboard.pipe(sender.outstanding())
                + " probed " + sender.probed + " timers " + sender.timers + " backedoff "
                + sender.rtt.rtoNs() / sender.rtt.baseRtoNs() + " seen " + sender.rack.reorderingSeen + b;
    }

    private static long frames(SimHost host) {
        return host.counters().get(Counter.TX_FRAMES) + host.counters().get(Counter.TCP_SEGMENTS_RECEIVED);
    }

    private void account(long stepNs) {
        ns += stepNs;
        int window = sender.congestion.window();
        windowTime += (double) window * stepNs;
        flightTime += (double) sender.scoreboard.pipe(sender.outstanding()) * stepNs;
        if (sender.recovery == TcpConnection.RECOVERY) {
            recoveryNs += stepNs;
        } else if (sender.recovery == TcpConnection.LOSS) {
            lossNs += stepNs;
        } else if (sender.scoreboard.pipe(sender.outstanding()) + 2 * sender.sndMss < window) {
            unlimitedNs += stepNs;
        }
        if (pair.network().inFlightCount() == 0
                && pair.a().link().waitingCount() == 0
                && pair.b().link().waitingCount() == 0) {
            idleNs += stepNs;
        }
    }

    double bitsPerSecond() {
        return received * 8e9 / ns;
    }

    /** The mean congestion window in segments. */
    double meanWindow() {
        return windowTime / ns / MSS;
    }

    long count(Counter counter) {
        return pair.a().counters().get(counter);
    }

    long acknowledgments() {
        return pair.b().counters().get(Counter.TX_FRAMES);
    }

    @Override
    public String toString() {
        long recoveries = count(Counter.TCP_FAST_RECOVERIES);
        return String.format(
                "%6.0f Mb/s, window %6.1f, pipe %6.1f, recoveries %5d of %6.1f us, RTOs %3d (%.3f), TLPs %3d (%d repaired),"
                        + " resent %5d, undone %d, in recovery %.3f, idle %.3f, window not used %.3f, acks 1 in %.1f, srtt %d us",
                bitsPerSecond() / 1e6,
                meanWindow(),
                flightTime / ns / MSS,
                recoveries,
                recoveries == 0 ? 0.0 : recoveryNs / 1e3 / recoveries,
                count(Counter.TCP_TIMEOUTS),
                (double) lossNs / ns,
                count(Counter.TCP_LOSS_PROBES),
                count(Counter.TCP_PROBES_REPAIRED),
                count(Counter.TCP_RETRANSMITTED_SEGMENTS),
                count(Counter.TCP_RECOVERIES_UNDONE),
                (double) recoveryNs / ns,
                (double) idleNs / ns,
                (double) unlimitedNs / ns,
                received / 1448.0 / acknowledgments(),
                sender.rtt.srttNs() / 1000);
    }

    /** Prints the figures for the losses and costs of interest. */
    public static void main(String[] arguments) {
        double[] losses = {0, 0.001, 0.01, 0.05};
        if (Boolean.getBoolean("quick")) {
            Cost kernel = new Cost(0, 1_000, 1);
            Cost ours = new Cost(20_000, 1_000, 128);
            for (double loss : losses) {
                LossExperiment e = new LossExperiment(3, 10_000_000_000L, 10_000, loss, kernel, ours);
                e.run(Long.getLong("ms", 300) * MS);
                System.out.println("ours receives, loss " + loss + ": " + e);
            }
            return;
        }
        Cost kernel = new Cost(0, 1_000, 1);
        Cost ours = new Cost(Long.getLong("turn", 20_000), 1_000, 128);
        for (long rttNs : new long[] {Long.getLong("rtt", 100_000), 300_000, 1_000_000}) {
            for (double loss : losses) {
                double theory = loss == 0 ? 0 : Math.sqrt(1.5 / loss);
                System.out.printf("RTT %d us, loss %.3f, theory's window %.1f%n", rttNs / 1000, loss, theory);
                print("  no cost       ", rttNs, loss, NOTHING, NOTHING);
                print("  kernel-kernel ", rttNs, loss, kernel, kernel);
                print("  ours sends    ", rttNs, loss, ours, kernel);
                print("  ours receives ", rttNs, loss, kernel, ours);
            }
        }
    }

    private static void print(String name, long rttNs, double loss, Cost sender, Cost receiver) {
        double sum = 0;
        int runs = loss < 0.05 ? 1 : 5;
        LossExperiment e = null;
        for (int seed = 1; seed <= runs; seed++) {
            e = new LossExperiment(seed, Long.getLong("bits", 2_000_000_000L), rttNs / 2, loss, sender, receiver);
            e.run((loss < 0.05 ? 1_000 : 10_000) * MS);
            sum += e.bitsPerSecond() / 1e6 / runs;
        }
        System.out.printf("%s mean %6.0f Mb/s, last %s%n", name, sum, e);
    }
}
