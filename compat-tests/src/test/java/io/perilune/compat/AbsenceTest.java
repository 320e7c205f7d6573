package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.AbsentLoop;
import io.perilune.compat.programs.AbsentLoopPeer;
import io.perilune.compat.programs.Transfer;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A program need not come back for TCP to go on (DESIGN D3), seen by its peers on the kernel. */
class AbsenceTest {

    private static final String PORT = "7000";
    private static final String ABSENT_MS = "5000";
    /** Nine of ten take a few milliseconds at most; the tenth may meet a machine that has other things to do as well. */
    private static final long LONGEST_MS = 500;

    private static final String LENGTH = "200000000";
    private static final long PAUSE_MS = 1000;

    /** The kernel, which the test is tried on, delays acknowledgements by 40 ms. */
    @ParameterizedTest
    @CsvSource({"true, 8", "false, 60"})
    void aHandlerThatComputesForSecondsDelaysNoPeer(boolean perilune, long fewMs) throws Exception {
        try (Testbed bed = new Testbed(perilune)) {
            Program server = bed.application(AbsentLoop.class, Testbed.APPLICATION, PORT, ABSENT_MS);
            server.awaitLine("ready");
            String seen = bed.peer(AbsentLoopPeer.class, Testbed.APPLICATION, PORT, ABSENT_MS)
                    .awaitSuccess();
            for (String what : new String[] {"bytes", "connections", "ends"}) {
                Matcher times =
                        Pattern.compile(what + " (\\d+) (\\d+) of (\\d+)").matcher(seen);
                assertThat(times.find()).as(seen).isTrue();
                assertThat(Long.parseLong(times.group(1))).as(seen).isLessThan(fewMs * 1000);
                assertThat(Long.parseLong(times.group(2))).as(seen).isLessThan(LONGEST_MS * 1000);
            }
            System.out.println((perilune ? "Perilune" : "kernel") + ", 90th percentile and longest in us:\n" + seen);
            assertThat(seen).endsWith("alive");
            assertThat(server.awaitLine("back").output()).contains("absent");
        }
    }

    @Test
    void aPauseOfTheWholeProcessLosesNothing() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Program server = bed.application(Transfer.class, "server", Testbed.APPLICATION, PORT, LENGTH, "duplex");
            server.awaitLine("ready");
            Program client = bed.peer(Transfer.class, "client", Testbed.APPLICATION, PORT, LENGTH, "duplex");
            for (int pause = 1; pause <= 3; pause++) {
                awaitReceived(bed, pause * Long.parseLong(LENGTH) / 5);
                signal("STOP", server);
                // The pause itself: nothing is waited for.
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
                assertThat(client.output()).doesNotContain("received");
                signal("CONT", server);
            }
            assertThat(client.awaitSuccess()).contains("received " + LENGTH + " bytes");
            assertThat(server.awaitSuccess()).contains("received " + LENGTH + " bytes");
        }
    }

    /** Waits until the kernel's end of the tap has received so many bytes. */
    private static void awaitReceived(Testbed bed, long bytes) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        String counted = "";
        while (System.nanoTime() - deadlineNs < 0) {
            counted = bed.peerCommand("cat", "/sys/class/net/perilune0/statistics/rx_bytes")
                    .awaitSuccess();
            if (Long.parseLong(counted.strip()) >= bytes) {
                return;
            }
        }
        throw new AssertionError("only " + counted + " of " + bytes + " bytes in a minute");
    }

    private static void signal(String name, Program program) throws IOException, InterruptedException {
        try (Program kill = new Program(new ProcessBuilder("kill", "-" + name, "" + program.pid()))) {
            kill.awaitSuccess();
        }
    }
}
