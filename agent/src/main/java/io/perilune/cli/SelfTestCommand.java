package io.perilune.cli;

import io.perilune.doctor.Doctor;
import io.perilune.doctor.Finding;
import io.perilune.doctor.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tries Perilune on this machine. */
@Command(
        name = "selftest",
        description = {
            "Tries Perilune on this machine: what doctor looks at, then hundreds of tests of its channels,",
            "over its loopback link, and over a tap against the kernel, in a network namespace of their own.",
            "Takes less than a minute. Ends with 0 for PASSED and PASSED WITH ISSUES, with 1 for FAILED."
        })
final class SelfTestCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingOptions settings;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Report report = new Report(out);
        Doctor.look(DoctorCommand.thisMachine(settings), report);
        Path details = Files.createTempFile("perilune-selftest-", ".log");
        boolean failed;
        try (TestJar jar = TestJar.unpack()) {
            TestNamespace namespace = TestNamespace.probe();
            ContractRun run = new ContractRun(jar, details, out);
            Finding loopback = run.run(
                    "loopback", false, namespace.prefix(), List.of("-Dperilune.link=none"), "PERILUNE_ON_ITS_LOOPBACK");
            report.add(loopback);
            failed = loopback.result() == Finding.Result.FAILED;
            if (namespace.reason().isEmpty()) {
                Finding tap = run.run(
                        "over a tap",
                        true,
                        namespace.prefix(),
                        List.of("-Dperilune.required=true"),
                        "PERILUNE_TO_THE_KERNEL",
                        "THE_KERNEL_TO_PERILUNE");
                report.add(tap);
                failed |= tap.result() == Finding.Result.FAILED;
            } else {
                report.add(Finding.advice("over a tap", "not tried: " + namespace.reason(), namespace.advice()));
            }
        }
        if (!failed) {
            Files.delete(details);
        }
        return report.end().exitCode();
    }
}
