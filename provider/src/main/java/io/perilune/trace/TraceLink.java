package io.perilune.trace;

import io.perilune.link.Link;
import io.perilune.link.ObservedLink;
import io.perilune.memory.PacketBuffer;
import io.perilune.time.NanoClock;
import java.util.Locale;
import java.util.function.Consumer;

/** Prints each frame of a link, sent or received, as one line. */
public final class TraceLink extends ObservedLink {

    private final NanoClock clock;
    private final long startNs;
    private final Consumer<String> lines;

    /**
     * Wraps a link.
     *
     * @param link the link, closed with this one
     * @param clock times the frames, from now on
     * @param lines takes the lines; called by the drivers of all queues
     */
    public TraceLink(Link link, NanoClock clock, Consumer<String> lines) {
        super(link);
        this.clock = clock;
        this.startNs = clock.nanoTime();
        this.lines = lines;
    }

    @Override
    protected void onFrame(PacketBuffer frame, boolean sent) {
        double seconds = (clock.nanoTime() - startNs) / 1e9;
        lines.accept(
                String.format(Locale.ROOT, "%.6f %s %s", seconds, sent ? ">" : "<", PacketFormatter.format(frame)));
    }
}
