package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Transfer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hundred megabytes each way over one connection with a peer on the kernel, compared by digest on both sides. */
class TransferTest {

    private static final String PORT = "7000";
    private static final String LENGTH = "100000000";

    @ParameterizedTest
    @ValueSource(strings = {"turns", "duplex"})
    void aServerExchangesAHundredMegabytesWithTheKernel(String order) throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(Transfer.class, "server", Testbed.APPLICATION, PORT, LENGTH, order);
            server.awaitLine("ready");
            Program client = bed.peer(Transfer.class, "client", Testbed.APPLICATION, PORT, LENGTH, order);
            assertThat(client.awaitSuccess()).contains("received " + LENGTH + " bytes");
            assertThat(server.awaitSuccess()).contains("received " + LENGTH + " bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"turns", "duplex"})
    void aClientExchangesAHundredMegabytesWithTheKernel(String order) throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.peer(Transfer.class, "server", "0.0.0.0", PORT, LENGTH, order);
            server.awaitLine("ready");
            Program client = bed.application(Transfer.class, "client", Testbed.PEER, PORT, LENGTH, order);
            assertThat(client.awaitSuccess()).contains("received " + LENGTH + " bytes");
            assertThat(server.awaitSuccess()).contains("received " + LENGTH + " bytes");
        }
    }
}
