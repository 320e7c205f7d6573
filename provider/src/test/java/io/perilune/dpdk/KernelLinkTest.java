package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links whose other side is the kernel, each in a network namespace of its own. */
@Timeout(180)
class KernelLinkTest {

    /** What the default size of packet memory takes, with room to spare. */
    private static final long HUGE_PAGES = 120;

    private static final String VETH = "ip link add pl0 type veth peer name pl1 && ip link set pl0 up"
            + " && ip addr add 198.18.0.1/24 dev pl1 && ip link set pl1 up";

    @Test
    void theKernelTalksToTheTapAndTheTapVanishesWithTheLink() throws Exception {
        try (ChildJvm child = ChildJvm.startInNamespace("true", KernelPeer.class, "tap")) {
            String output = child.awaitSuccess();
            assertThat(output).contains("echoed=2000").contains("lent=0").contains("endsOnFrame=true");
            assertThat(output).contains("dropped=0");
            assertThat(output.substring(output.indexOf("interfaces="))).doesNotContain("perilune0");
        }
    }

    @Test
    void aKernelWithoutIpv6IsNoReasonToHaveNoTap() throws Exception {
        String without = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1";
        try (ChildJvm child = ChildJvm.startInNamespace(without, KernelPeer.class, "tap")) {
            assertThat(child.awaitSuccess()).contains("echoed=2000");
        }
    }

    @Test
    void theKernelTalksOverAnInterfaceOfItsOwn() throws Exception {
        try (ChildJvm child = ChildJvm.startInNamespace(VETH, KernelPeer.class, "afpacket:pl0")) {
            String output = child.awaitSuccess();
            assertThat(output).contains("echoed=2000").contains("lent=0").contains("endsOnFrame=true");
            assertThat(output).contains("pl0 takes all frames: true").contains("pl0 takes all frames: false");
        }
    }

    @Test
    void anInterfaceNeedsNoAddressInTheKernel() throws Exception {
        // The JDK lists only interfaces that have one, if only the link-local one that IPv6 gives each.
        String bare = "sysctl -qw net.ipv6.conf.default.disable_ipv6=1 && " + VETH;
        try (ChildJvm child = ChildJvm.startInNamespace(bare, KernelPeer.class, "afpacket:pl0")) {
            assertThat(child.awaitSuccess()).contains("echoed=2000");
        }
    }

    @Test
    void packetMemoryIsOnHugePagesWhereEnoughAreFree() throws Exception {
        try (ReservedHugePages pages = new ReservedHugePages()) {
            pages.reserve(HUGE_PAGES);
            try (ChildJvm child = ChildJvm.startInNamespace("true", KernelPeer.class, "tap")) {
                assertThat(child.awaitSuccess()).contains("echoed=2000").containsPattern("HugetlbPages:\\s*[1-9]");
            }
        }
    }

    @Test
    void anInterfaceThatGoesDownCostsFramesAndNoBuffers() throws Exception {
        try (ChildJvm child = ChildJvm.startInNamespace(VETH, DownPeer.class, "afpacket:pl0", "pl0")) {
            assertThat(child.awaitSuccess())
                    .contains("sent when up again=true lent=0 lost=0")
                    // DPDK's driver says so whatever the interface does.
                    .contains("up at first=true when down=true again=true");
        }
        try (ChildJvm child = ChildJvm.startInNamespace("true", DownPeer.class, "tap", "perilune0")) {
            assertThat(child.awaitSuccess())
                    .contains("sent when up again=true lent=0 lost=0")
                    .contains("up at first=true when down=false again=true");
        }
    }

    @Test
    void aKernelThatKeepsTheFramesDoesNotHoldUpTheDriver() throws Exception {
        String slow = VETH + " && ip link add link pl0 name pl2 type macvlan && ip link set pl2 up"
                + " && tc qdisc add dev pl0 root tbf rate 8kbit burst 2000 limit 10000000";
        try (ChildJvm child = ChildJvm.startInNamespace(slow, StuckPeer.class, "afpacket:pl2")) {
            assertThat(child.awaitSuccess()).contains("bursts=100 refused=true lent=0 lost=0");
        }
    }
}
