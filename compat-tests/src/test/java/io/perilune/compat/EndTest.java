package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Farewell;
import io.perilune.compat.programs.NioEcho;
import io.perilune.compat.programs.Probe;
import io.perilune.compat.programs.WriteAndExit;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DESIGN D9: how a JVM ends takes nothing from its peers and leaves nothing behind. */
class EndTest {

    private static final String PORT = "7000";
    private static final String LENGTH = "8000000";

    @ParameterizedTest
    @CsvSource({"exit, true", "return, true", "close, true", "exit, false"})
    void whatWasWrittenArrivesThoughTheWriterEndsAtOnce(String end, boolean perilune) throws Exception {
        try (Testbed bed = new Testbed(perilune)) {
            Program reader = bed.peer(WriteAndExit.class, "read", "0.0.0.0", PORT);
            reader.awaitLine("ready");
            Program writer = bed.application(WriteAndExit.class, "write", Testbed.PEER, PORT, LENGTH, end);
            writer.awaitSuccess();
            assertThat(reader.awaitSuccess()).endsWith("read " + LENGTH + " bytes and the end");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aShutdownHookMayTalkAsLongAsItRuns(boolean perilune) throws Exception {
        try (Testbed bed = new Testbed(perilune)) {
            Program server = bed.peer(NioEcho.class, "0.0.0.0", PORT);
            server.awaitLine("ready");
            Program program = bed.application(Farewell.class, Testbed.PEER, PORT);
            assertThat(program.awaitSuccess()).contains("said farewell 2000 times");
        }
    }

    @Test
    void whatWasWrittenArrivesThoughAnOperatorEndsTheWriter() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Program reader = bed.peer(WriteAndExit.class, "read", "0.0.0.0", PORT);
            reader.awaitLine("ready");
            Program writer = bed.application(WriteAndExit.class, "write", Testbed.PEER, PORT, LENGTH, "hold");
            writer.awaitLine("written");
            writer.terminate();
            assertThat(reader.awaitSuccess()).endsWith("read " + LENGTH + " bytes and the end");
        }
    }

    @Test
    void aKilledJvmLeavesNoInterfaceAndTheNextOneStarts() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Map<String, String> settings = Map.of("required", "true", "loopback", "user");
            for (int life = 0; life < 3; life++) {
                Program program = bed.application(settings, Probe.class, "hold");
                program.awaitLine("holding");
                assertThat(interfaces(bed)).contains("perilune0");
                program.close();
                assertThat(interfaces(bed)).doesNotContain("perilune");
            }
        }
    }

    private static String interfaces(Testbed bed) throws Exception {
        return bed.peerCommand("ip", "-br", "link").awaitSuccess();
    }
}
