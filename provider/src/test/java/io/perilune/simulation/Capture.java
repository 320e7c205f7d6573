package io.perilune.simulation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes what the hosts of a simulation send to a file that tcpdump and Wireshark read: pcap, in nanoseconds. */
final class Capture implements AutoCloseable {

    private static final int MAGIC_NANOSECONDS = 0xA1B23C4D;
    private static final int LONGEST_FRAME = 65535;
    private static final int LINK_TYPE_ETHERNET = 1;
    private static final long SECOND_NS = 1_000_000_000L;

    private final FileChannel file;
    private final ByteBuffer buffer = ByteBuffer.allocate(16 + LONGEST_FRAME);

    Capture(Path path) throws IOException {
        file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        buffer.putInt(MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4);
        buffer.putInt(0).putInt(0).putInt(LONGEST_FRAME).putInt(LINK_TYPE_ETHERNET);
        write();
    }

    /** Writes a frame, as it was before the network did anything to it. */
    void add(long nowNs, byte[] frame, int length) throws IOException {
        buffer.clear();
        buffer.putInt((int) (nowNs / SECOND_NS)).putInt((int) (nowNs % SECOND_NS));
        buffer.putInt(length).putInt(length).put(frame, 0, length);
        write();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void write() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
    }
}
