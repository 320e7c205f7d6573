package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.config.Settings;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The setting reaches the packets. */
@Timeout(60)
class TimeToLiveTest {

    @Test
    @Rfc(number = 9293, section = "3.9.2", label = "MUST-49")
    void packetsBearTheTimeToLiveThatIsSet() throws Exception {
        WireLink[] wire = WireLink.pair(true);
        UserStack near = UserStack.start(Settings.of(Map.of("address", "198.18.0.2/24", "ttl", "7")), wire[0]);
        UserStack far = UserStack.start(Settings.of(Map.of("address", "198.18.0.3/24")), wire[1]);
        try {
            PortReservation port = far.reserve(new InetSocketAddress("198.18.0.3", 0), new TcpSocketOptions());
            UserListener listener = far.listen(port, 10, new TcpSocketOptions());
            new StackUser(near).connect(listener.localAddress()).close();
            assertThat(wire[0].timeToLiveSent).isEqualTo(7);
            assertThat(wire[1].timeToLiveSent).isEqualTo(64);
        } finally {
            near.close();
            far.close();
        }
    }
}
