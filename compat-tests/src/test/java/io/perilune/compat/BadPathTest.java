package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Transfer;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams each way with the kernel over a tap that loses, repeats, damages and reorders frames; compared by digest. */
class BadPathTest {

    private static final String PORT = "7000";
    private static final String LENGTH = "20000000";

    @ParameterizedTest
    @ValueSource(
            strings = {"loss=0.01", "loss=0.05", "reorder=0.1", "duplicate=0.05,corrupt=0.01,delay=200us,jitter=300us"})
    void streamsArriveAsTheyWereSent(String impairment) throws Exception {
        try (Testbed bed = new Testbed()) {
            Map<String, String> settings = Map.of("required", "true", "impair", impairment + ",seed=1");
            Program server =
                    bed.application(settings, Transfer.class, "server", Testbed.APPLICATION, PORT, LENGTH, "turns");
            server.awaitLine("ready");
            Program client = bed.peer(Transfer.class, "client", Testbed.APPLICATION, PORT, LENGTH, "turns");
            assertThat(client.awaitSuccess()).contains("received " + LENGTH + " bytes");
            assertThat(server.awaitSuccess()).contains("received " + LENGTH + " bytes");
        }
    }
}
