package io.perilune.sim;

import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import io.perilune.packet.ParsedFrame;
import java.util.ArrayList;
import java.util.List;

/** A station on a {@link SimNetwork} that a test plays by hand, frame by frame. */
public final class SimStation {

    private final SimNetwork network;
    private final SimLink link;
    private final Burst burst = new Burst();

    /** Attaches a station. */
    public SimStation(SimNetwork network, String name) {
        this.network = network;
        this.link = network.link(name, 1500);
    }

    /** Returns its link address. */
    public long mac() {
        return link.macAddress();
    }

    /** Sends a frame. */
    public void send(byte[] frame) {
        network.inject(link, frame);
    }

    /** Returns the frames that have arrived since the last call. */
    public List<ParsedFrame> received() {
        List<ParsedFrame> frames = new ArrayList<>();
        while (link.rxBurst(burst) > 0) {
            for (int i = 0; i < burst.count(); i++) {
                PacketBuffer frame = burst.frame(i);
                byte[] bytes = new byte[frame.length()];
                frame.bytes().get(frame.start(), bytes);
                frames.add(new ParsedFrame(bytes));
                frame.release();
            }
            burst.clear();
        }
        return frames;
    }
}
