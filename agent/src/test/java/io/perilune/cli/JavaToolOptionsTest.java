package io.perilune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class JavaToolOptionsTest {

    private static final Path JAR = Path.of("/opt/perilune.jar");
    private static final String AGENT = "-javaagent:/opt/perilune.jar";

    @Test
    void theAgentComesBehindWhatIsThere() throws IOException {
        assertThat(JavaToolOptions.withAgent(null, JAR)).isEqualTo(AGENT);
        assertThat(JavaToolOptions.withAgent(" ", JAR)).isEqualTo(AGENT);
        assertThat(JavaToolOptions.withAgent("-Xmx1g -Da=b", JAR)).isEqualTo("-Xmx1g -Da=b " + AGENT);
    }

    @Test
    void theAgentIsThereOnce() throws IOException {
        assertThat(JavaToolOptions.withAgent(AGENT + " -Xmx1g", JAR)).isEqualTo(AGENT + " -Xmx1g");
        assertThat(JavaToolOptions.withAgent(AGENT + ".old", JAR)).isEqualTo(AGENT + ".old " + AGENT);
    }

    @Test
    void aPathIsKeptTogetherByQuotes() throws IOException {
        assertThat(JavaToolOptions.withAgent(null, Path.of("/my jars/p.jar")))
                .isEqualTo("\"-javaagent:/my jars/p.jar\"");
        assertThat(JavaToolOptions.withAgent(null, Path.of("/it's/p.jar"))).isEqualTo("\"-javaagent:/it's/p.jar\"");
        assertThat(JavaToolOptions.withAgent(null, Path.of("/5\"/p.jar"))).isEqualTo("'-javaagent:/5\"/p.jar'");
    }

    @Test
    void aPathThatNoJvmCouldReadIsRefused() {
        assertThatThrownBy(() -> JavaToolOptions.withAgent(null, Path.of("/a=b/p.jar")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'='")
                .hasMessageContaining("/a=b/p.jar");
        assertThatThrownBy(() -> JavaToolOptions.withAgent(null, Path.of("/it's 5\"/p.jar")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("quotes");
    }
}
