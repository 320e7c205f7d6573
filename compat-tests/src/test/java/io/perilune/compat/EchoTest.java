package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.BlockingEcho;
import io.perilune.compat.programs.ManyConnections;
import io.perilune.compat.programs.NioEcho;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stock servers and clients with many connections at a time. */
class EchoTest {

    private static final String PORT = "7000";

    @Test
    void aStockSelectorServerServesFiveHundredConnectionsAtOnce() throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(NioEcho.class, Testbed.APPLICATION, PORT);
            server.awaitLine("ready");
            String output = bed.peer(ManyConnections.class, Testbed.APPLICATION, PORT, "500")
                    .awaitSuccess();
            assertThat(output).isEqualTo("all 500 echoed");
            assertThat(server.terminate()).doesNotContain("lost");
        }
    }

    @Test
    void aStockSelectorClientOpensFiveHundredConnectionsAtOnce() throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.peer(NioEcho.class, "0.0.0.0", PORT);
            server.awaitLine("ready");
            String output = bed.application(ManyConnections.class, Testbed.PEER, PORT, "500")
                    .awaitSuccess();
            assertThat(output).isEqualTo("all 500 echoed");
            assertThat(server.terminate()).doesNotContain("lost");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"channels", "streams"})
    void aStockBlockingServerServesFiftyConnectionsAtOnce(String style) throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(BlockingEcho.class, Testbed.APPLICATION, PORT, style);
            server.awaitLine("ready");
            String output = bed.peer(ManyConnections.class, Testbed.APPLICATION, PORT, "50")
                    .awaitSuccess();
            assertThat(output).isEqualTo("all 50 echoed");
            assertThat(server.terminate()).doesNotContain("lost");
        }
    }

    @Test
    void aServerOnTheWildcardAddressServesBothWorldsOnOnePort() throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(NioEcho.class, "0.0.0.0", PORT);
            server.awaitLine("ready");
            assertThat(bed.peer(ManyConnections.class, Testbed.APPLICATION, PORT, "20")
                            .awaitSuccess())
                    .isEqualTo("all 20 echoed");
            String kernelAddress = bed.isPerilune() ? "127.0.0.1" : Testbed.APPLICATION;
            assertThat(bed.peer(ManyConnections.class, kernelAddress, PORT, "20")
                            .awaitSuccess())
                    .isEqualTo("all 20 echoed");
            server.terminate();
        }
    }
}
