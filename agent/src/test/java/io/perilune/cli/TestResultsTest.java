package io.perilune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.doctor.Finding;
import io.perilune.doctor.Finding.Result;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TestResultsTest {

    private static final Path DETAILS = Path.of("/tmp/details.log");

    private final StringWriter told = new StringWriter();
    private final TestResults results = new TestResults(new PrintWriter(told));

    private Finding finding(boolean overLink, int code, String... lines) {
        for (String line : lines) {
            results.add(line);
        }
        return results.finding("tap", overLink, code, 3, DETAILS);
    }

    @Test
    void testsAreCounted() {
        Finding finding = finding(true, 0, "world A", "passed x", "skipped y: why", "passed z", "frames 12", "end");
        assertThat(finding.result()).isEqualTo(Result.OK);
        assertThat(finding.found()).isEqualTo("2 tests passed, 1 left out, 12 frames, 3 s");
        assertThat(told.toString()).isEmpty();
    }

    @Test
    void aFailureIsToldAtOnceAndItsTraceIsNot() {
        Finding finding = finding(false, 0, "passed x", "failed y: no", "    at y", "end");
        assertThat(finding.result()).isEqualTo(Result.FAILED);
        assertThat(finding.found()).isEqualTo("1 tests passed, 1 failed, 3 s");
        assertThat(finding.advice()).contains("/tmp/details.log");
        assertThat(told.toString()).isEqualTo("  failed y: no" + System.lineSeparator());
    }

    @Test
    void aJvmThatDoesNotGetToItsEndIsAFailure() {
        assertThat(finding(false, 134, "passed x").found()).endsWith("and then their JVM ended with 134");
        assertThat(finding(false, 0, "passed y").result()).isEqualTo(Result.FAILED);
    }

    @Test
    void noTestsAndNoFramesAreFailures() {
        assertThat(finding(false, 0, "end").advice()).startsWith("no test ran");
        assertThat(finding(true, 0, "passed x").found()).endsWith("no frame went over the link");
    }
}
