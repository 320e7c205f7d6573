package io.perilune.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.config.SettingException;
import io.perilune.config.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTableTest {

    @Test
    void settingsBecomeRoutes() {
        RouteTable routes = of("address", "198.18.0.2/24", "gateway", "198.18.0.254");
        assertThat(routes.address()).isEqualTo(0xC6120002);
        assertThat(routes.nextHop(0xC61200AA)).isEqualTo(0xC61200AA);
        assertThat(routes.nextHop(0xC6130001)).isEqualTo(0xC61200FE);
        assertThat(routes.isOwn(0x7F000001)).isFalse();
    }

    @Test
    void loopbackAddressesBelongToTheStackThatTheSettingNames() {
        RouteTable routes = of("address", "198.18.0.2/24", "loopback", "user");
        assertThat(routes.isOwn(0x7F123456)).isTrue();
        assertThat(routes.sourceFor(0x7F123456)).isEqualTo(0x7F000001);
        assertThat(routes.sourceFor(0xC6120001)).isEqualTo(0xC6120002);
    }

    @Test
    void aHostWithoutALinkHasItsLoopbackAddressesOnly() {
        RouteTable routes = of("loopback", "user");
        assertThat(routes.isOwn(0x7F000001)).isTrue();
        assertThat(routes.nextHop(0xC6120001)).isEqualTo(RouteTable.UNREACHABLE);
        assertThat(routes.nextHop(0x7F000009)).isEqualTo(RouteTable.UNREACHABLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "198.18.0.0/24",
                "198.18.0.255/24",
                "224.0.0.1/24",
                "0.1.2.3/8",
                "127.0.0.1/8",
                "255.255.255.255/32"
            })
    void anAddressThatNoHostCanHaveIsRefusedByName(String address) {
        assertThatThrownBy(() -> of("address", address))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("perilune.address=" + address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.0.1", "198.18.0.2", "198.18.0.255", "198.18.0.0"})
    void aGatewayThatIsNoOtherHostOnTheLinkIsRefusedByName(String gateway) {
        assertThatThrownBy(() -> of("address", "198.18.0.2/24", "gateway", gateway))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("perilune.gateway=" + gateway);
    }

    @Test
    void noAddressAtAllIsRefused() {
        assertThatThrownBy(() -> RouteTable.of(Settings.defaults()))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("perilune.address");
    }

    private static RouteTable of(String key, String value) {
        return RouteTable.of(Settings.of(Map.of(key, value)));
    }

    private static RouteTable of(String key, String value, String secondKey, String secondValue) {
        return RouteTable.of(Settings.of(Map.of(key, value, secondKey, secondValue)));
    }
}
