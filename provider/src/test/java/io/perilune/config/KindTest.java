package io.perilune.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What values the kinds of settings take, and what they are worth. */
class KindTest {

    private static void assertTakes(Kind kind, String... values) {
        for (String value : values) {
            assertThat(kind.read(value)).as(value).isNotNegative();
        }
    }

    private static void assertRefuses(Kind kind, String... values) {
        for (String value : values) {
            assertThatThrownBy(() -> kind.read(value)).as(value).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aTimeHasAUnitAndIsCountedInNanoseconds() {
        assertThat(Kind.DURATION.read("500ns")).isEqualTo(500);
        assertThat(Kind.DURATION.read("50us")).isEqualTo(50_000);
        assertThat(Kind.DURATION.read("200ms")).isEqualTo(200_000_000);
        assertThat(Kind.DURATION.read("2s")).isEqualTo(2_000_000_000L);
        assertThat(Kind.DURATION.read("5m")).isEqualTo(300_000_000_000L);
        assertThat(Kind.DURATION.read("0ms")).isZero();
        assertRefuses(
                Kind.DURATION,
                "",
                "5",
                "s",
                "-1s",
                "1.5s",
                "1 s",
                "1h",
                "5M",
                "9999999999s",
                "1" + "0".repeat(30) + "s");
    }

    @Test
    void aSizeIsCountedInBytes() {
        assertThat(Kind.SIZE.read("4096")).isEqualTo(4096);
        assertThat(Kind.SIZE.read("256k")).isEqualTo(256 << 10);
        assertThat(Kind.SIZE.read("64M")).isEqualTo(64 << 20);
        assertThat(Kind.SIZE.read("1g")).isEqualTo(1 << 30);
        assertRefuses(Kind.SIZE, "", "k", "-1", "1.5m", "1t", "64 m", "64mb", "99999999999999g");
    }

    @Test
    void aPathThatNoFileCanHaveIsRefused() {
        assertTakes(Kind.FILE, "");
        assertTakes(Kind.FILE, "/run/a b.pcap");
        assertRefuses(Kind.FILE, "/run/\0");
        assertRefuses(Kind.LINK, "memif:/run/\0.sock,server");
    }

    @Test
    void aFlagAndAChoiceAreSpelledOut() {
        assertThat(Kind.FLAG.read("true")).isEqualTo(1);
        assertThat(Kind.FLAG.read("false")).isZero();
        assertRefuses(Kind.FLAG, "", "yes", "1", "TRUE", " true");
        Kind choice = Kind.choice("one", "two", "three");
        assertThat(choice.read("two")).isEqualTo(1);
        assertThat(choice.allowed()).isEqualTo("one or two or three");
        assertRefuses(choice, "", "four", "One", "one ");
    }

    @Test
    void aNumberHasLimits() {
        Kind number = Kind.number(-2, 9);
        assertThat(number.read("-2")).isEqualTo(-2);
        assertThat(number.read("9")).isEqualTo(9);
        assertRefuses(number, "", "-3", "10", "1e0", "0x1", "99999999999999999999");
        assertThat(number.allowed()).isEqualTo("a whole number from -2 to 9");
    }

    @Test
    void anAddressIsFourNumbers() {
        assertTakes(Kind.ADDRESS, "", "0.0.0.0", "255.255.255.255", "198.18.0.1");
        assertRefuses(
                Kind.ADDRESS, "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.4/24", "1..3.4", "host", "::1", "1.2.3.4 ");
        assertTakes(Kind.PREFIX, "", "198.18.0.2/1", "198.18.0.2/9", "198.18.0.2/24", "198.18.0.2/32");
        assertRefuses(
                Kind.PREFIX, "198.18.0.2", "198.18.0.2/0", "198.18.0.2/33", "198.18.0.2/", "198.18.0.2/024", "/24");
        assertTakes(Kind.PREFIX6, "", "fd00:7065::2/64", "::1/128", "FD00::1/8");
        assertRefuses(Kind.PREFIX6, "fd00::2", "fd00::2/0", "fd00::2/129", "198.18.0.2/24", "fg::1/64");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tap",
                "tap:pl0",
                "memif:/run/a b.sock,server",
                "memif:/a,client",
                "afpacket:eth1",
                "afxdp:eth1",
                "pci:0000:01:00.0",
                "none"
            })
    void aLinkIsNamedByItsKindAndWhatItIsOf(String link) {
        assertTakes(Kind.LINK, link);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "TAP",
                "tap:",
                "tap:sixteen-letters0",
                "tap:a/b",
                "tap:a b",
                "memif",
                "memif:/a",
                "memif:/a,both",
                "memif:/a,b,server",
                "afpacket",
                "afpacket:",
                "pci:",
                "pci:xyz",
                "none:"
            })
    void aLinkThatIsNoneIsRefused(String link) {
        assertRefuses(Kind.LINK, link);
    }
}
