package io.perilune.dpdk;

import io.perilune.config.Setting;
import java.io.IOException;

/**
 * A link as the setting names it, taken apart. Immutable.
 *
 * @param kind what it is
 * @param target the interface, the socket's path or the device's address
 * @param text as the setting spelled it
 */
record LinkName(Kind kind, String target, String text) {

    /** The kinds of links, numbered as {@code layout.h} numbers them. */
    enum Kind {
        TAP(0, "net_tap"),
        MEMIF_SERVER(1, "net_memif"),
        MEMIF_CLIENT(2, "net_memif"),
        AF_PACKET(3, "net_af_packet"),
        PCI(4, "");

        private final int number;
        private final String driver;

        Kind(int number, String driver) {
            this.number = number;
            this.driver = driver;
        }

        int number() {
            return number;
        }

        /** DPDK's name of the driver, the beginning of each of its devices' names. */
        String driver() {
            return driver;
        }
    }

    private static final String DEFAULT_TAP = "perilune0";

    /**
     * Whether its driver copies each frame: to the kernel, to a socket's ring, to the memory of memif's peer. A card reads
     * and writes packet memory itself.
     */
    boolean copies() {
        return kind != Kind.PCI;
    }

    /**
     * Takes a value of the setting apart.
     *
     * @throws IOException if this build cannot make such a link
     */
    static LinkName parse(String text) throws IOException {
        int colon = text.indexOf(':');
        String scheme = colon < 0 ? text : text.substring(0, colon);
        String target = colon < 0 ? "" : text.substring(colon + 1);
        switch (scheme) {
            case "tap":
                return new LinkName(Kind.TAP, target.isEmpty() ? DEFAULT_TAP : target, text);
            case "memif":
                int comma = target.lastIndexOf(',');
                Kind role = target.endsWith(",server") ? Kind.MEMIF_SERVER : Kind.MEMIF_CLIENT;
                return new LinkName(role, target.substring(0, comma), text);
            case "afpacket":
                return new LinkName(Kind.AF_PACKET, target, text);
            case "pci":
                return new LinkName(Kind.PCI, target, text);
            case "afxdp":
                throw new IOException(
                        Setting.LINK.property() + "=" + text + ": AF_XDP is not in this build; use afpacket:" + target);
            default:
                throw new IOException(Setting.LINK.property() + "=" + text + " is not a link of DPDK's; it takes "
                        + Setting.LINK.kind().allowed());
        }
    }
}
