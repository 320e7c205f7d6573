package io.perilune.link;

import io.perilune.memory.PacketBuffer;
import io.perilune.time.NanoClock;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes each frame of a link, sent or received, to a capture file that tcpdump and Wireshark read: the classic pcap
 * format with times in nanoseconds. A failure to write ends the capture, not the traffic; {@link #close} reports it.
 */
public final class PcapLink extends ObservedLink {

    private static final int MAGIC_NANOSECONDS = 0xA1B23C4D;
    private static final int LINK_TYPE_ETHERNET = 1;
    private static final int FILE_HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final int LONGEST_FRAME = 65535;
    private static final long SECOND_NS = 1_000_000_000L;

    private final OutputStream file;
    private final NanoClock clock;
    private final long epochOffsetNs;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(RECORD_HEADER_LENGTH + LONGEST_FRAME).order(ByteOrder.BIG_ENDIAN);
    private IOException failure;

    /**
     * Wraps a link and writes the file's header.
     *
     * @param link the link, closed with this one
     * @param file an empty file, or what takes its place; closed with this one. No channel: an interrupt of the program's
     *     thread that happens to drive would close it
     * @param clock times the frames
     * @param epochNs the present since 1970, in nanoseconds
     * @throws IOException if the header cannot be written
     */
    public PcapLink(Link link, OutputStream file, NanoClock clock, long epochNs) throws IOException {
        super(link);
        this.file = file;
        this.clock = clock;
        this.epochOffsetNs = epochNs - clock.nanoTime();
        buffer.putInt(MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4);
        buffer.putInt(0).putInt(0).putInt(LONGEST_FRAME).putInt(LINK_TYPE_ETHERNET);
        assert buffer.position() == FILE_HEADER_LENGTH;
        writeBuffer();
    }

    @Override
    protected synchronized void onFrame(PacketBuffer frame, boolean sent) {
        if (failure != null) {
            return;
        }
        long timeNs = clock.nanoTime() + epochOffsetNs;
        int length = frame.frameLength();
        buffer.clear();
        buffer.putInt((int) Math.floorDiv(timeNs, SECOND_NS)).putInt((int) Math.floorMod(timeNs, SECOND_NS));
        buffer.putInt(length).putInt(length);
        frame.copyTo(buffer, buffer.position());
        buffer.position(buffer.position() + length);
        try {
            writeBuffer();
        } catch (IOException e) {
            failure = e;
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if the capture is not complete
     */
    @Override
    public synchronized void close() {
        try {
            super.close();
        } finally {
            closeFile();
        }
        if (failure != null) {
            throw new UncheckedIOException("the capture of " + name() + " is not complete", failure);
        }
    }

    private void closeFile() {
        try {
            file.close();
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            }
        }
    }

    private void writeBuffer() throws IOException {
        file.write(buffer.array(), 0, buffer.position());
    }
}
