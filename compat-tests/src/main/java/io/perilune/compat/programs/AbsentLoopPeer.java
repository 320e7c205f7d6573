package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jdk.net.ExtendedSocketOptions;

/**
 * Sends {@link AbsentLoop} away, and sees how long its host takes meanwhile: to send what was written before, to complete a
 * connection, to acknowledge bytes and the end of a stream. A connection that asks every second whether its peer lives must
 * survive.
 */
public final class AbsentLoopPeer {

    private static final long PART_OF_ABSENCE = 5;
    private static final int LINGER_S = 20;

    private final InetSocketAddress address;

    private AbsentLoopPeer(InetSocketAddress address) {
        this.address = address;
    }

    /** Runs it: ADDRESS PORT MILLISECONDS-OF-ABSENCE. Prints, in microseconds, the 90th percentile and the longest of each. */
    public static void main(String[] words) throws IOException {
        AbsentLoopPeer peer = new AbsentLoopPeer(new InetSocketAddress(words[0], Integer.parseInt(words[1])));
        long absentMs = Long.parseLong(words[2]);
        try (SocketChannel asking = SocketChannel.open(peer.address);
                SocketChannel other = SocketChannel.open(peer.address);
                SocketChannel doubting = SocketChannel.open(peer.address)) {
            doubting.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            doubting.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
            doubting.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
            doubting.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 1);
            for (SocketChannel channel : List.of(asking, other, doubting)) {
                roundTrip(channel); // the server has accepted it
            }
            peer.measure(absentMs, asking, other, doubting);
            roundTrip(doubting);
            System.out.println("alive");
        }
    }

    private void measure(long absentMs, SocketChannel asking, SocketChannel other, SocketChannel doubting)
            throws IOException {
        List<Long> bytesNs = new ArrayList<>();
        List<Long> connectionsNs = new ArrayList<>();
        List<Long> endsNs = new ArrayList<>();
        asking.write(ByteBuffer.wrap(new byte[] {'z'}));
        long startNs = System.nanoTime();
        for (SocketChannel channel : List.of(asking, other, doubting)) {
            if (readByte(channel) != 'w') {
                throw new IOException("another byte came");
            }
            bytesNs.add(System.nanoTime() - startNs);
        }
        // It is away now, and stays so for longer than this goes on.
        while (System.nanoTime() - startNs < absentMs * 1_000_000 / PART_OF_ABSENCE * (PART_OF_ABSENCE - 1)) {
            long beforeNs = System.nanoTime();
            try (SocketChannel channel = SocketChannel.open(address)) {
                connectionsNs.add(System.nanoTime() - beforeNs);
                channel.setOption(StandardSocketOptions.SO_LINGER, LINGER_S);
                channel.write(ByteBuffer.wrap(new byte[] {'x'}));
                beforeNs = System.nanoTime();
            } // with linger it returns when all is acknowledged, the end too
            endsNs.add(System.nanoTime() - beforeNs);
            if (connectionsNs.size() == 500) {
                break;
            }
        }
        if (System.nanoTime() - startNs > absentMs * 1_000_000) {
            throw new IOException("it came back before all was measured");
        }
        print("bytes", bytesNs);
        print("connections", connectionsNs);
        print("ends", endsNs);
    }

    private static void print(String what, List<Long> ns) {
        Collections.sort(ns);
        System.out.println(what + " " + ns.get(ns.size() * 9 / 10) / 1000 + " " + ns.get(ns.size() - 1) / 1000 + " of "
                + ns.size());
    }

    private static void roundTrip(SocketChannel channel) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] {'e'}));
        if (readByte(channel) != 'e') {
            throw new IOException("another byte came back");
        }
    }

    private static int readByte(SocketChannel channel) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        if (channel.read(one) < 0) {
            throw new IOException("the server has closed");
        }
        return one.get(0);
    }
}
