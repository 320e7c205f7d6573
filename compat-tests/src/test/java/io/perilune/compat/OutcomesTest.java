package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Outcomes;
import io.perilune.compat.programs.UnkindServer;
import org.junit.jupiter.api.Test;

/** The JDK is the oracle: what fails, fails with the same class and message on both providers. */
class OutcomesTest {

    @Test
    void whatFailsFailsAsOnTheKernel() throws Exception {
        String expected = outcomes(false);
        assertThat(expected)
                .contains("closed port, blocking: java.net.ConnectException: Connection refused")
                .contains("nobody, blocking: java.net.NoRouteToHostException: No route to host")
                .contains("nobody, adaptor with timeout: java.net.SocketTimeoutException: Connect timed out")
                .contains("silence, stream with timeout: java.net.SocketTimeoutException");
        assertThat(outcomes(true).split("\n")).containsExactly(expected.split("\n"));
    }

    private static String outcomes(boolean perilune) throws Exception {
        try (Testbed bed = new Testbed(perilune)) {
            Program server = bed.peer(UnkindServer.class, "0.0.0.0");
            server.awaitLine("ready");
            return bed.application(Outcomes.class, Testbed.APPLICATION, Testbed.PEER, Testbed.NOBODY)
                    .awaitSuccess();
        }
    }
}
