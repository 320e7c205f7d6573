package io.perilune;

import io.perilune.config.Kind;
import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.link.ImpairedLink;
import io.perilune.link.Impairment;
import io.perilune.link.Link;
import io.perilune.link.PcapLink;
import io.perilune.time.NanoClock;
import io.perilune.time.SystemClock;
import io.perilune.trace.TraceLink;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;

/** What stands between the stack and its link because a setting asks for it: a bad path, a capture, a trace. */
final class LinkWrappers {

    private static final long REORDER_DELAY_NS = TimeUnit.MICROSECONDS.toNanos(250);

    private LinkWrappers() {}

    /**
     * Returns the link, wrapped as the settings ask. The capture and the trace see what the stack sees: frames behind the
     * bad path, and those that it will lose.
     *
     * @throws IOException if the capture cannot be written; the link is closed then
     */
    static Link wrap(Settings settings, Link link) throws IOException {
        NanoClock clock = SystemClock.INSTANCE;
        Link wrapped = link;
        String impairment = settings.text(Setting.IMPAIR);
        if (!impairment.isEmpty()) {
            wrapped = impaired(link, clock, impairment);
        }
        String capture = settings.text(Setting.PCAP);
        if (!capture.isEmpty()) {
            wrapped = captured(wrapped, clock, capture);
        }
        return settings.flag(Setting.TRACE) ? new TraceLink(wrapped, clock, System.err::println) : wrapped;
    }

    private static Link impaired(Link link, NanoClock clock, String text) {
        Impairment impairment = Impairment.NONE;
        double reordering = 0;
        long reorderDelayNs = REORDER_DELAY_NS;
        long delayNs = 0;
        long jitterNs = 0;
        long seed = clock.nanoTime();
        for (String part : text.split(",", -1)) {
            String value = part.substring(part.indexOf('=') + 1);
            switch (part.substring(0, part.indexOf('='))) {
                case "loss" -> impairment = impairment.withLoss(Double.parseDouble(value));
                case "duplicate" -> impairment = impairment.withDuplication(Double.parseDouble(value));
                case "corrupt" -> impairment = impairment.withCorruption(Double.parseDouble(value));
                case "reorder" -> reordering = Double.parseDouble(value);
                case "reorder-delay" -> reorderDelayNs = Kind.nanoseconds(value);
                case "delay" -> delayNs = Kind.nanoseconds(value);
                case "jitter" -> jitterNs = Kind.nanoseconds(value);
                case "seed" -> seed = Long.parseLong(value);
                default -> throw new AssertionError(part);
            }
        }
        impairment = impairment.withReordering(reordering, reorderDelayNs).withDelay(delayNs, jitterNs);
        ImpairedLink impaired = new ImpairedLink(link, clock, seed);
        impaired.inward(impairment);
        impaired.outward(impairment);
        return impaired;
    }

    private static Link captured(Link link, NanoClock clock, String file) throws IOException {
        boolean opened = false;
        try {
            OutputStream stream = new FileOutputStream(file);
            long epochNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            Link captured = new PcapLink(link, stream, clock, epochNs);
            opened = true;
            return captured;
        } catch (IOException e) {
            throw new IOException(Setting.PCAP.property() + "=" + file + " cannot be written: " + e, e);
        } finally {
            if (!opened) {
                link.close();
            }
        }
    }
}
