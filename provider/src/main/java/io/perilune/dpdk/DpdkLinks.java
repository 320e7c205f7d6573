package io.perilune.dpdk;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import io.perilune.memory.BufferPool;
import io.perilune.memory.Slab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** Opens the link that the settings name. */
public final class DpdkLinks {

    private static final AtomicInteger NEXT_DEVICE = new AtomicInteger();

    private static final int ETHERNET_OVERHEAD = 18; // header and one VLAN tag
    private static final int CELL_STEP = 2048;
    /** What a cell costs besides itself: mbuf, mempool header, table entries. */
    private static final int CELL_EXTRA = 384;
    /** What the mbufs take that share a cell while it is sent. */
    private static final long TRANSMIT_EXTRA = 1 << 20;

    /** EAL's and the drivers' own needs. */
    private static final long BASE_MEMORY = 64L << 20;

    private static final int PAGE = 4096;
    /** What the kernel puts before a frame in a ring, at most, and how much of it the driver counts. */
    private static final int PACKET_OVERHEAD = 96;

    private static final int PACKET_HEADER = 32;
    /** DPDK's tap driver sends no larger frame, whatever the interface could. */
    private static final int TAP_MTU_MAX = 1500;

    private static final int SLABS_MIN = 2;
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;

    private DpdkLinks() {}

    /**
     * Starts DPDK if it does not run yet and opens the link that {@link Setting#LINK} names. With a tap, the kernel's
     * side gets the first other host address of {@link Setting#ADDRESS}'s prefix, and of {@link Setting#ADDRESS6}'s.
     *
     * @throws IOException in one sentence that names the setting, says why, and what to do
     */
    public static DpdkLink open(Settings settings) throws IOException {
        LinkName name = LinkName.parse(settings.text(Setting.LINK));
        try {
            NativeLoader.load();
            check(name);
            return open(settings, name);
        } catch (IOException e) {
            throw new IOException(
                    Setting.LINK.property() + "=" + name.text() + " cannot be opened: " + e.getMessage(), e);
        }
    }

    private static DpdkLink open(Settings settings, LinkName name) throws IOException {
        int mtu = (int) settings.number(Setting.MTU);
        int mtuMax = mtuMax(name);
        if (mtu > mtuMax) {
            throw new IOException(Setting.MTU.property() + "=" + mtu
                    + " is more than this link carries; it takes up to " + mtuMax + " there");
        }
        // A tap's driver needs a queueing discipline that not each kernel has, and af_packet spreads by a hash that
        // nobody
        // knows: their frames are spread in software.
        boolean spreads = name.kind() != LinkName.Kind.TAP && name.kind() != LinkName.Kind.AF_PACKET;
        int queueCount = spreads ? (int) settings.number(Setting.QUEUES) : 1;
        int cellSize = cellSize(name.kind(), mtu);
        long slabCount = settings.number(Setting.MEMORY) / Slab.LENGTH;
        if (slabCount < SLABS_MIN || slabCount > 1 << 15) {
            throw new IOException(Setting.MEMORY.property() + "=" + settings.text(Setting.MEMORY)
                    + " is too little or too much: it takes " + (SLABS_MIN * 2) + "m to 64g for each queue");
        }
        long perQueue =
                (slabCount + 1) * Slab.LENGTH + slabCount * Slab.cellsIn(cellSize) * CELL_EXTRA + TRANSMIT_EXTRA;
        long memoryMib = (BASE_MEMORY + queueCount * perQueue + (1 << 20) - 1) >> 20;
        startEal(EalArguments.of(memoryMib, name, settings.text(Setting.EAL)), settings.text(Setting.EAL));

        String device =
                name.kind() == LinkName.Kind.PCI ? name.target() : name.kind().driver() + NEXT_DEVICE.getAndIncrement();
        long mac = ownMac(name, settings.text(Setting.ADDRESS));
        DpdkLink link = new DpdkLink(
                name,
                device,
                arguments(name, mac, mtu, cellSize, queueCount),
                queueCount,
                mtu,
                cellSize,
                (int) slabCount,
                mac,
                settings.flag(Setting.MEMORY_DEBUG));
        if (name.kind() == LinkName.Kind.TAP) {
            try {
                KernelSide side = KernelSide.of(settings.text(Setting.ADDRESS));
                Native.setAddress(name.target(), side.address(), side.prefixLength(), mtu);
                KernelSide6 side6 = KernelSide6.of(settings.text(Setting.ADDRESS6));
                if (side6 != null) {
                    giveAddress6(name.target(), side6, settings);
                }
            } catch (IOException e) {
                link.close();
                throw e;
            }
        }
        return link;
    }

    /** A kernel without IPv6 is no reason to have none on Perilune's side, unless the address was asked for. */
    private static void giveAddress6(String tap, KernelSide6 side, Settings settings) throws IOException {
        boolean askedFor = !settings.source(Setting.ADDRESS6).equals(SettingsReader.TAP_SOURCE);
        if (!askedFor && !hasIpv6(tap)) {
            return;
        }
        Native.setAddress6(tap, side.high(), side.low(), side.prefixLength());
    }

    /** Whether the kernel has IPv6, and has it on for this interface. */
    private static boolean hasIpv6(String kernelInterface) throws IOException {
        Path off = Path.of("/proc/sys/net/ipv6/conf", kernelInterface, "disable_ipv6");
        return Files.exists(Path.of("/proc/net/if_inet6"))
                && !(Files.exists(off) && Files.readString(off).strip().equals("1"));
    }

    private static void startEal(String[] arguments, String extra) throws IOException {
        try {
            Eal.start(arguments);
        } catch (IOException e) {
            if (extra.isEmpty()) {
                throw e;
            }
            throw new IOException(
                    e.getMessage() + "; its arguments, described in DPDK's Linux guide, end with "
                            + Setting.EAL.property() + "=" + extra,
                    e);
        }
    }

    private static int mtuMax(LinkName name) throws IOException {
        switch (name.kind()) {
            case TAP:
                return TAP_MTU_MAX;
            case AF_PACKET:
                return Native.interfaceMtu(name.target());
            default:
                return Integer.MAX_VALUE; // a card's driver knows, and says so
        }
    }

    /** A frame must fit a cell behind the headroom; a card's buffers come in steps of 1 KiB behind it. */
    static int cellSize(LinkName.Kind kind, int mtu) {
        int frame = mtu + ETHERNET_OVERHEAD;
        if (kind == LinkName.Kind.PCI) {
            return BufferPool.HEADROOM + (frame + 1023) / 1024 * 1024;
        }
        if (kind == LinkName.Kind.AF_PACKET) {
            return (BufferPool.HEADROOM + packetRingFrame(mtu) - PACKET_HEADER + 63) / 64 * 64;
        }
        return (BufferPool.HEADROOM + frame + CELL_STEP - 1) / CELL_STEP * CELL_STEP;
    }

    /**
     * The length of a frame in af_packet's rings. The driver lays them end to end, but the kernel puts none across the
     * border of a block: so the length divides the block's, which is of whole pages.
     */
    private static int packetRingFrame(int mtu) {
        int needed = mtu + ETHERNET_OVERHEAD + PACKET_OVERHEAD;
        return needed <= PAGE / 2 ? PAGE / 2 : (needed + PAGE - 1) / PAGE * PAGE;
    }

    private static String arguments(LinkName name, long mac, int mtu, int cellSize, int queueCount) {
        switch (name.kind()) {
            case TAP:
                return "iface=" + name.target();
            case MEMIF_SERVER, MEMIF_CLIENT:
                String role = name.kind() == LinkName.Kind.MEMIF_SERVER ? "server" : "client";
                return "role=" + role + ",id=0,socket=" + name.target() + ",socket-abstract=no,bsize=" + cellSize
                        + ",mac=" + macText(mac);
            case AF_PACKET:
                int frame = packetRingFrame(mtu);
                return "iface=" + name.target() + ",qpairs=" + queueCount + ",framesz=" + frame + ",blocksz="
                        + Math.max(frame, PAGE) + ",framecnt=512";
            default:
                return "";
        }
    }

    /**
     * Returns the stack's own Ethernet address: locally administered, and the same at each start of the same
     * configuration, so that neighbours' caches stay right. It is not the device's, which the kernel may use itself.
     */
    static long ownMac(LinkName name, String address) {
        long hash = 0xcbf29ce484222325L; // FNV-1a
        for (char c : (name.text() + "|" + address).toCharArray()) {
            hash = (hash ^ c) * 0x100000001b3L;
        }
        return 0x02_00_00_00_00_00L | ((hash ^ (hash >>> 40)) & 0xFF_FF_FF_FF_FFL);
    }

    private static String macText(long mac) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(String.format(Locale.ROOT, shift == 0 ? "%02x" : "%02x:", (mac >> shift) & 0xFF));
        }
        return text.toString();
    }

    /** What can be told before DPDK is asked, in better words than its own. */
    private static void check(LinkName name) throws IOException {
        switch (name.kind()) {
            case TAP:
                if (!Files.exists(Path.of("/dev/net/tun"))) {
                    throw new IOException("there is no /dev/net/tun; load the module (modprobe tun), or give the"
                            + " container the device (--device /dev/net/tun)");
                }
                requireCapability(CAP_NET_ADMIN, "CAP_NET_ADMIN", "to make a network interface");
                break;
            case AF_PACKET:
                requireCapability(CAP_NET_RAW, "CAP_NET_RAW", "to use an interface's frames");
                // The JDK's NetworkInterface does not know those without an address.
                Native.interfaceMtu(name.target());
                break;
            case MEMIF_SERVER, MEMIF_CLIENT:
                MemifSocket.check(Path.of(name.target()), name.kind() == LinkName.Kind.MEMIF_SERVER);
                break;
            default:
                break;
        }
    }

    private static void requireCapability(int number, String capability, String purpose) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
            if (line.startsWith("CapEff:")
                    && (Long.parseUnsignedLong(line.substring(7).trim(), 16) & (1L << number)) == 0) {
                throw new IOException("this process lacks " + capability + " " + purpose + "; run it as root");
            }
        }
    }
}
