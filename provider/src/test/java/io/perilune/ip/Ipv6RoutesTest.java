package io.perilune.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.config.SettingException;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench6;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv6RoutesTest {

    private static final long MAC = 0x02_1F_79_46_05_5AL;

    @ParameterizedTest
    @CsvSource({
        "fd00:7065::2, 1",
        "fe80::1f:79ff:fe46:55a, 1",
        "fd00:7065::3, 2",
        "fe80::1, 2",
        "2001:db8::1, 3",
        "::1, 0",
        "::, 0",
        "ff02::1, 0",
        "::ffff:198.18.0.1, 0"
    })
    void eachDestinationHasItsWay(String destination, int route) {
        Ipv6Routes routes = of("address6", "fd00:7065::2/64", "gateway6", "fe80::9");
        byte[] octets = Frames6.address(destination);
        assertThat(routes.route(SimBench6.high(octets), SimBench6.low(octets))).isEqualTo(route);
    }

    @Test
    void withoutAGatewayTheRestIsNotReached() {
        byte[] far = Frames6.address("2001:db8::1");
        Ipv6Routes routes = of("address6", "fd00:7065::2/64", "loopback", "user");
        assertThat(routes.route(SimBench6.high(far), SimBench6.low(far))).isEqualTo(Ipv6Routes.UNREACHABLE);
        assertThat(routes.route(0, 1)).isEqualTo(Ipv6Routes.SELF);
    }

    /** RFC 6724 §5, rules 1 and 2. */
    @Test
    void theSourceIsOfTheDestinationsScope() {
        Ipv6Routes routes = of("address6", "fd00:7065::2/64", "loopback", "user");
        assertThat(routes.sourceHighFor(0xFE80L << 48, 9)).isEqualTo(0xFE80L << 48);
        assertThat(routes.sourceLowFor(0xFE80L << 48, 9)).isEqualTo(0x001F_79FF_FE46_055AL);
        assertThat(routes.sourceLowFor(routes.addressHigh(), 9)).isEqualTo(2);
        assertThat(routes.sourceHighFor(0, 1)).isZero();
        assertThat(routes.sourceLowFor(0, 1)).isEqualTo(1);
    }

    /** RFC 4862 §5.4.5: where no address is left to send from, nobody is reached, and a connect fails at once. */
    @Test
    void withoutItsAddressThisHostReachesNobodyFromIt() {
        Ipv6Routes routes = of("address6", "fd00:7065::2/64", "gateway6", "fe80::9");
        byte[] near = Frames6.address("fd00:7065::3");
        byte[] far = Frames6.address("2001:db8::1");
        routes.lose(routes.addressHigh(), routes.addressLow());
        assertThat(routes.route(SimBench6.high(near), SimBench6.low(near))).isEqualTo(Ipv6Routes.UNREACHABLE);
        assertThat(routes.route(SimBench6.high(far), SimBench6.low(far))).isEqualTo(Ipv6Routes.UNREACHABLE);
        assertThat(routes.route(routes.addressHigh(), routes.addressLow())).isEqualTo(Ipv6Routes.UNREACHABLE);
        assertThat(routes.route(0xFE80L << 48, 1)).isEqualTo(Ipv6Routes.ON_LINK);
        routes.lose(routes.linkLocalHigh(), routes.linkLocalLow());
        assertThat(routes.route(0xFE80L << 48, 1)).isEqualTo(Ipv6Routes.UNREACHABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff02::1/64", "::/64", "::1/128", "fe80::2/64"})
    void anAddressThatNoHostCanHaveIsRefused(String address) {
        assertThatThrownBy(() -> of("address6", address))
                .isInstanceOf(SettingException.class)
                .hasMessageStartingWith("perilune.address6=" + address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fd00:7066::1", "fd00:7065::2", "ff02::2", "::", "::1"})
    void aGatewayOffTheLinkIsRefused(String gateway) {
        assertThatThrownBy(() -> of("address6", "fd00:7065::2/64", "gateway6", gateway))
                .isInstanceOf(SettingException.class)
                .hasMessageStartingWith("perilune.gateway6=" + gateway);
    }

    @Test
    void aGatewayNeedsAnAddressAndAnAddressAnMtu() {
        assertThatThrownBy(() -> of("gateway6", "fe80::1")).isInstanceOf(SettingException.class);
        assertThatThrownBy(() -> of("address6", "fd00:7065::2/64", "mtu", "1279"))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("1280");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fd00:7065::2",
                "fd00::7065::2/64",
                "fd00:7065::2/129",
                "fd00:7065::2/0",
                "1.2.3.4/24",
                "x/64",
                "::ffff:198.18.0.2/96",
                "/64",
                "fd00:7065::2/64/64"
            })
    void whatIsNoAddressIsNoSetting(String value) {
        assertThatThrownBy(() -> Settings.of(Map.of("address6", value))).isInstanceOf(SettingException.class);
    }

    @Test
    void theTapHasAnAddressUnlessItsMtuIsTooSmallOrNoneIsWanted() {
        assertThat(addressOfTap("mtu", "1500")).isEqualTo("fd00:7065::2/64");
        assertThat(addressOfTap("mtu", "1000")).isEmpty();
        assertThat(addressOfTap("address6", "none")).isEqualTo("none");
        assertThat(of("address6", "none").isEnabled()).isFalse();
        assertThat(of("address6", "none", "loopback", "user").isEnabled()).isTrue();
    }

    private static String addressOfTap(String key, String value) {
        Properties properties = new Properties();
        properties.setProperty("perilune." + key, value);
        return SettingsReader.read(properties, Map.of(), Map.of()).text(io.perilune.config.Setting.ADDRESS6);
    }

    private static Ipv6Routes of(String key, String value) {
        return Ipv6Routes.of(Settings.of(Map.of(key, value)), MAC);
    }

    private static Ipv6Routes of(String key, String value, String secondKey, String secondValue) {
        return Ipv6Routes.of(Settings.of(Map.of(key, value, secondKey, secondValue)), MAC);
    }
}
