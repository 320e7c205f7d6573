package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How settings become what DPDK and the kernel are told. */
class ArgumentsTest {

    @Test
    void theKernelsSideIsTheFirstOtherHostAddress() {
        assertThat(KernelSide.of("")).isEqualTo(new KernelSide(0xC6120001, 24));
        assertThat(KernelSide.of("198.18.0.1/24")).isEqualTo(new KernelSide(0xC6120002, 24));
        assertThat(KernelSide.of("198.19.7.9/15")).isEqualTo(new KernelSide(0xC6120001, 15));
        assertThat(KernelSide.of("198.18.0.7/31")).isEqualTo(new KernelSide(0xC6120006, 31)); // RFC 3021 §2.1
        assertThat(KernelSide.of("198.18.0.6/31")).isEqualTo(new KernelSide(0xC6120007, 31));
        assertThat(KernelSide.of("198.18.0.6/32")).isEqualTo(new KernelSide(0, 32));
    }

    @Test
    void theKernelsSideIsTheFirstOtherHostOfTheIpv6Prefix() {
        long high = 0xFD00_7065_0000_0000L;
        assertThat(KernelSide6.of("fd00:7065::2/64")).isEqualTo(new KernelSide6(high, 1, 64));
        assertThat(KernelSide6.of("fd00:7065::1/64")).isEqualTo(new KernelSide6(high, 2, 64));
        assertThat(KernelSide6.of("fd00:7065::7:2/112")).isEqualTo(new KernelSide6(high, 0x7_0001, 112));
        assertThat(KernelSide6.of("fd00:7065:1::2/32")).isEqualTo(new KernelSide6(high, 1, 32));
        assertThat(KernelSide6.of("fd00:7065::7/127")).isEqualTo(new KernelSide6(high, 6, 127)); // RFC 6164
        assertThat(KernelSide6.of("fd00:7065::7/128")).isNull();
        assertThat(KernelSide6.of("none")).isNull();
        assertThat(KernelSide6.of("")).isNull();
    }

    @Test
    void linksAreTakenApart() throws Exception {
        assertThat(LinkName.parse("tap")).isEqualTo(new LinkName(LinkName.Kind.TAP, "perilune0", "tap"));
        assertThat(LinkName.parse("tap:x")).isEqualTo(new LinkName(LinkName.Kind.TAP, "x", "tap:x"));
        assertThat(LinkName.parse("memif:/a,client").kind()).isEqualTo(LinkName.Kind.MEMIF_CLIENT);
        assertThat(LinkName.parse("memif:/a,server").target()).isEqualTo("/a");
        assertThat(LinkName.parse("pci:0000:01:00.0").target()).isEqualTo("0000:01:00.0");
    }

    @Test
    void ownAddressesAreLocalAndDifferByRole() throws Exception {
        long server = DpdkLinks.ownMac(LinkName.parse("memif:/a,server"), "");
        long client = DpdkLinks.ownMac(LinkName.parse("memif:/a,client"), "");
        assertThat(server).isNotEqualTo(client);
        assertThat(server >>> 40).isEqualTo(2); // unicast, locally administered
        assertThat(DpdkLinks.ownMac(LinkName.parse("memif:/a,server"), "")).isEqualTo(server);
    }

    @Test
    void hugePagesAreUsedOnlyWhenEnoughAreFree() throws Exception {
        LinkName tap = LinkName.parse("tap");
        assertThat(EalArguments.of(100, tap, "", 49)).contains("--no-huge", "-m", "100", "--no-shconf", "--no-pci");
        assertThat(EalArguments.of(100, tap, "", 50))
                .contains("--in-memory", "--single-file-segments")
                .doesNotContain("--no-huge");
        assertThat(EalArguments.of(100, LinkName.parse("pci:0000:01:00.0"), "", 0))
                .contains("-a", "0000:01:00.0")
                .doesNotContain("--no-pci");
    }

    @Test
    void extraArgumentsComeLast() throws Exception {
        LinkName tap = LinkName.parse("tap");
        assertThat(EalArguments.of(100, tap, " --log-level=8  -n 2 ", 0)).endsWith("--log-level=8", "-n", "2");
    }

    @Test
    void aCellHoldsAFrameBehindTheHeadroom() {
        for (int mtu : new int[] {576, 1500, 1902, 1903, 9000}) {
            for (LinkName.Kind kind : LinkName.Kind.values()) {
                int cell = DpdkLinks.cellSize(kind, mtu);
                assertThat(cell).isGreaterThanOrEqualTo(128 + mtu + 18).isLessThan(128 + mtu + 18 + 4096);
                assertThat(cell % 64).isZero();
            }
        }
        assertThat(DpdkLinks.cellSize(LinkName.Kind.TAP, 1500)).isEqualTo(2048);
    }
}
