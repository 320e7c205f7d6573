package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two JVMs over DPDK's shared-memory link. */
@Timeout(180)
class MemifLinkTest {

    @TempDir
    Path directory;

    private ChildJvm server(String what, int count) throws Exception {
        ChildJvm child = ChildJvm.start(MemifPeer.class, "memif:" + directory + "/m,server", what, "" + count);
        child.awaitLine("open");
        return child;
    }

    private ChildJvm client(String what, int count) throws Exception {
        return ChildJvm.start(MemifPeer.class, "memif:" + directory + "/m,client", what, "" + count);
    }

    @Test
    void oneMillionFramesAndMoreComeBackInOrderAndNoBufferIsLost() throws Exception {
        try (ChildJvm server = server("echo", 0);
                ChildJvm client = client("check", 1_200_000)) {
            assertThat(client.awaitSuccess()).contains("echoed=1200000").contains("lent=0 lost=0 dropped=0");
            assertThat(server.awaitSuccess()).contains("lent=0 lost=0 dropped=0");
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void jumboFramesFitOneBufferOnBothSides() throws Exception {
        String name = "memif:" + directory + "/m,";
        try (ChildJvm server = ChildJvm.start(MemifPeer.class, name + "server", "echo", "0", "9000");
                ChildJvm client = ChildJvm.start(MemifPeer.class, name + "client", "check", "20000", "9000")) {
            assertThat(client.awaitSuccess()).contains("echoed=20000").contains("lent=0 lost=0 dropped=0");
            assertThat(server.awaitSuccess()).contains("lent=0 lost=0 dropped=0");
        }
    }

    @Test
    void aClientThatComesFirstWaitsForItsServer() throws Exception {
        try (ChildJvm client = client("check", 10_000)) {
            client.awaitLine("open");
            try (ChildJvm server = server("echo", 0)) {
                assertThat(client.awaitSuccess()).contains("echoed=10000");
                server.awaitSuccess();
            }
        }
    }

    @Test
    void aClientSurvivesTheDeathOfItsServerAndFindsTheNext() throws Exception {
        int lives = 5;
        try (ChildJvm client = client("persist", lives)) {
            for (int life = 1; life <= lives; life++) {
                try (ChildJvm server = server("echo", 0)) {
                    client.awaitLine("busy");
                    client.forgetLines();
                    server.kill();
                }
                if (life < lives) {
                    client.awaitLine("down after " + life);
                }
            }
            assertThat(client.awaitSuccess()).contains("lent=0 lost=0");
        }
    }

    @Test
    void aServerSurvivesTheDeathOfItsClientsAndServesTheNext() throws Exception {
        try (ChildJvm server = server("echo", 0)) {
            for (int life = 1; life <= 5; life++) {
                try (ChildJvm client = client("persist", 1)) {
                    client.awaitLine("busy");
                    client.kill();
                }
                server.awaitLine("down");
                server.forgetLines();
            }
            try (ChildJvm client = client("check", 10_000)) {
                assertThat(client.awaitSuccess()).contains("echoed=10000");
            }
            assertThat(server.awaitSuccess()).contains("lent=0 lost=0");
        }
    }

    @Test
    void aSleepEndsWithEachFrame() throws Exception {
        try (ChildJvm server = server("sleepy-echo", 0);
                ChildJvm client = client("sleepy-check", 50_000)) {
            String output = client.awaitSuccess();
            System.out.println(output);
            assertThat(output).contains("echoed=50000").contains("lent=0 lost=0 dropped=0");
            assertThat(server.awaitSuccess()).contains("lent=0 lost=0 dropped=0");
        }
    }

    @Test
    void aSleepEndsWithTheFirstFrameOfEachPeerThatComes() throws Exception {
        try (ChildJvm server = server("sleepy-echo", 0)) {
            for (int life = 1; life <= 3; life++) {
                try (ChildJvm client = client("persist", 1)) {
                    client.awaitLine("busy");
                    client.kill();
                }
            }
            try (ChildJvm client = client("sleepy-check", 100)) {
                assertThat(client.awaitSuccess()).contains("echoed=100");
            }
            assertThat(server.awaitSuccess()).contains("lent=0 lost=0");
        }
    }

    @Test
    void rawFramesBounceWithinMicroseconds() throws Exception {
        try (ChildJvm server = server("echo", 0);
                ChildJvm client = client("measure", 200_000)) {
            String output = client.awaitSuccess();
            System.out.println(output);
            assertThat(output).contains("round trip").contains("lent=0 lost=0");
            server.awaitSuccess();
        }
    }

    @Test
    void bothEndsMayCloseAtTheSameMoment() throws Exception {
        try (ChildJvm both = ChildJvm.start(MemifEnds.class, directory + "/both", "200")) {
            assertThat(both.awaitSuccess()).contains("rounds=200");
        }
    }
}
