package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said when a link cannot be opened: the setting, the reason, what to do. */
@Timeout(120)
class DpdkLinksTest {

    @TempDir
    Path directory;

    private static void assertRefused(String link, String reason, String... more) {
        Map<String, String> values = new HashMap<>(Map.of("link", link));
        for (int i = 0; i < more.length; i += 2) {
            values.put(more[i], more[i + 1]);
        }
        assertThatThrownBy(() -> DpdkLinks.open(Settings.of(values)).close())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("perilune.link=" + link)
                .hasMessageContaining(reason);
    }

    @Test
    void anInterfaceThatIsNotThereIsNamed() {
        assertRefused("afpacket:nope", "there is no interface nope");
    }

    @Test
    void aSocketNeedsItsDirectoryAndAnAbsolutePath() {
        assertRefused("memif:" + directory + "/no/m,server", "there is no directory " + directory + "/no");
        assertRefused("memif:m,client", "must be absolute");
        assertRefused("memif:" + directory + "/" + "x".repeat(108) + ",client", "longer than the 107 bytes");
    }

    @Test
    void aFileInTheSocketsPlaceIsLeftAlone() throws Exception {
        Path file = Files.writeString(directory.resolve("m"), "precious");
        assertRefused("memif:" + file + ",server", "is not a socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void aSecondServerOnOneSocketIsRefusedAndTheFirstLivesOn() throws Exception {
        String server = "memif:" + directory + "/m,server";
        try (ChildJvm first = ChildJvm.start(MemifPeer.class, server, "echo", "0")) {
            first.awaitLine("open");
            assertRefused(server, "another process serves");
            try (ChildJvm client =
                    ChildJvm.start(MemifPeer.class, "memif:" + directory + "/m,client", "check", "10000")) {
                assertThat(client.awaitSuccess()).contains("echoed=10000");
            }
        }
    }

    @Test
    void theSocketOfADeadServerIsTakenOver() throws Exception {
        String server = "memif:" + directory + "/m,server";
        try (ChildJvm first = ChildJvm.start(MemifPeer.class, server, "echo", "0")) {
            first.awaitLine("open");
            first.kill();
        }
        assertThat(directory.resolve("m")).exists();
        DpdkLinks.open(Settings.of(Map.of("link", server, "memory", "8m"))).close();
    }

    @Test
    void whatThisBuildLacksIsSaid() {
        assertRefused("afxdp:eth9", "AF_XDP is not in this build");
        assertRefused("none", "is not a link of DPDK's");
    }

    @Test
    void sizesThatCannotBeAreRefused() {
        assertRefused("tap", "perilune.mtu=9000 is more than this link carries", "mtu", "9000");
        assertRefused("memif:" + directory + "/m,server", "perilune.memory=1m is too little", "memory", "1m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "-Z", "-n", "-h", "-vh", "--help", "--he", "-l 999"})
    void aWrongArgumentForDpdkIsAnErrorAndNeitherPrintsNorEndsTheProgram(String argument) throws Exception {
        String link = "memif:" + directory + "/m,server";
        try (ChildJvm child = ChildJvm.start(BadEal.class, link, argument)) {
            String[] lines = child.awaitSuccess().split("\n");
            assertThat(lines).hasSize(2).allSatisfy(line -> assertThat(line)
                    .startsWith("perilune.link=" + link + " cannot be opened: DPDK ")
                    .endsWith("perilune.eal=" + argument));
            assertThat(lines[0])
                    .containsPattern("the argument " + argument + " is not known, lacks its value or asks for help"
                            + "|invalid core list");
        }
    }

    @Test
    void aTapThatAnotherProcessUsesIsRefused() throws Exception {
        try (ChildJvm child = ChildJvm.startInNamespace("true", TapTwice.class)) {
            assertThat(child.awaitSuccess())
                    .contains("perilune.link=tap cannot be opened: another process uses the interface perilune0")
                    .contains("perilune.link=tap:lo cannot be opened: an interface lo exists already");
        }
    }

    @Test
    void withoutPrivilegeTheMissingCapabilityIsNamed() throws Exception {
        try (ChildJvm child = ChildJvm.startInNamespace(
                "exec setpriv --bounding-set -net_admin --inh-caps -net_admin \"$@\"", TapTwice.class)) {
            assertThat(child.awaitSuccess()).contains("lacks CAP_NET_ADMIN").contains("run it as root");
        }
    }
}
