package io.perilune.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ReportTest {

    private final StringWriter text = new StringWriter();
    private final Report report = new Report(new PrintWriter(text));

    private String lastLine() {
        return text.toString().lines().reduce((first, last) -> last).orElseThrow();
    }

    @Test
    void allThatIsWellIsPassed() {
        report.add(Finding.ok("tap", "can be made"));
        assertThat(report.end().exitCode()).isZero();
        assertThat(lastLine()).isEqualTo("PASSED");
        assertThat(text.toString()).contains("CHECK          RESULT  FOUND", "tap            ok      can be made");
    }

    @Test
    void anIssueComesWithItsAdviceAndIsNoFailure() {
        report.add(Finding.advice("tap", "no right", "be root"));
        report.add(Finding.ok("ipv6", "on"));
        assertThat(report.end().exitCode()).isZero();
        assertThat(lastLine()).isEqualTo("PASSED WITH ISSUES");
        assertThat(text.toString()).contains("tap            advice  no right", "tap: no right\n  be root\n");
    }

    @Test
    void oneFailureIsAFailure() {
        report.add(Finding.advice("tap", "no right", "be root"));
        report.add(Finding.failed("system", "Plan 9", "take Linux"));
        report.add(Finding.ok("ipv6", "on"));
        assertThat(report.end().exitCode()).isEqualTo(1);
        assertThat(lastLine()).isEqualTo("FAILED");
    }

    @Test
    void whatIsNotWellHasAdvice() {
        assertThatThrownBy(() -> Finding.advice("tap", "no right", "")).isInstanceOf(IllegalArgumentException.class);
    }
}
