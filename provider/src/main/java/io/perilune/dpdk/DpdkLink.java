package io.perilune.dpdk;

import io.perilune.link.Link;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.LinkQueue;
import io.perilune.link.QueueSpreading;
import io.perilune.link.Toeplitz;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A DPDK port as a link: tap, memif, af_packet or a PCI device. */
public final class DpdkLink implements Link {

    /** A system call: 360 ns were measured. */
    private static final int POLL_OF_KERNEL_NS = 360;

    private static final int POLL_OF_MEMORY_NS = 15;

    private final LinkName name;
    private final int port;
    private final DpdkQueue[] queues;
    private final long macAddress;
    private final LinkCapabilities capabilities;
    private boolean closed;

    /**
     * Opens the port.
     *
     * @param mtu largest IP packet, in bytes
     * @param cellSize length of a packet buffer's cell, in bytes
     * @param slabCount slabs of packet memory for each queue
     * @throws IOException with DPDK's or the kernel's reason
     */
    DpdkLink(
            LinkName name,
            String device,
            String arguments,
            int queueCount,
            int mtu,
            int cellSize,
            int slabCount,
            long ownMac,
            boolean debug)
            throws IOException {
        this.name = name;
        BurstArray[] arrays = new BurstArray[queueCount];
        ByteBuffer[] memory = new ByteBuffer[queueCount];
        for (int i = 0; i < queueCount; i++) {
            arrays[i] = new BurstArray();
            memory[i] = arrays[i].memory();
        }
        int[] sizes = {mtu, cellSize, slabCount};
        int[] handles = Native.portOpen(name.kind().number(), device, arguments, name.target(), sizes, memory);
        this.port = handles[0];
        this.queues = new DpdkQueue[queueCount];
        try {
            for (int i = 0; i < queueCount; i++) {
                queues[i] = new DpdkQueue(handles[1 + i], arrays[i], cellSize, debug);
            }
        } catch (IOException e) {
            Native.portClose(port);
            throw e;
        }
        this.macAddress = name.kind() == LinkName.Kind.PCI ? queues[0].deviceMac() : ownMac;
        boolean kernel = name.kind() == LinkName.Kind.TAP;
        int pollNs = kernel ? POLL_OF_KERNEL_NS : POLL_OF_MEMORY_NS;
        this.capabilities = new LinkCapabilities(mtu, false, false, false, pollNs, name.copies());
    }

    @Override
    public String name() {
        return name.text();
    }

    @Override
    public long macAddress() {
        return macAddress;
    }

    @Override
    public LinkCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public int kernelInterfaceIndex() {
        if (name.kind() != LinkName.Kind.TAP && name.kind() != LinkName.Kind.AF_PACKET) {
            return 0;
        }
        try {
            NetworkInterface kernelInterface = NetworkInterface.getByName(name.target());
            return kernelInterface == null ? 0 : kernelInterface.getIndex();
        } catch (SocketException e) {
            return 0; // then no address with a scope is this link's
        }
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public LinkQueue queue(int index) {
        return queues[index];
    }

    /** {@inheritDoc} A card's own, if it has a queue for each shard and tells how it spreads; other devices do not. */
    @Override
    public QueueSpreading spreading(int count) {
        int[] told = count == queues.length && count > 1 ? queues[0].spreading() : null;
        if (told == null) {
            return null;
        }
        ByteBuffer key = ByteBuffer.allocate(Toeplitz.KEY_LENGTH);
        key.asIntBuffer().put(told, 0, Toeplitz.KEY_LENGTH / Integer.BYTES);
        int[] table = Arrays.copyOfRange(told, Toeplitz.KEY_LENGTH / Integer.BYTES, told.length);
        for (int queue : table) {
            if (queue >= count || Integer.bitCount(table.length) != 1) {
                return null; // then it is as good as unknown
            }
        }
        return new QueueSpreading(new Toeplitz(key.array()), table);
    }

    /** The same with what DPDK adds. */
    DpdkQueue dpdkQueue(int index) {
        return queues[index];
    }

    /**
     * {@inheritDoc}
     *
     * <p>A memif link is down until its peer has come, and again when it left; a tap
     * while its interface is. The driver of af_packet knows nothing of its interface: that link is always up.
     */
    @Override
    public synchronized boolean isUp() {
        return !closed && queues[0].isUp();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (DpdkQueue queue : queues) {
            queue.keepCounts();
        }
        Native.portClose(port);
        for (DpdkQueue queue : queues) {
            queue.close();
        }
    }
}
