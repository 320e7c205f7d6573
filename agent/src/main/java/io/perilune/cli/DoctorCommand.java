package io.perilune.cli;

import io.perilune.doctor.Doctor;
import io.perilune.doctor.Machine;
import io.perilune.doctor.Report;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks whether Perilune can run here. */
@Command(
        name = "doctor",
        description = {
            "Looks whether Perilune can run on this machine, and says what to do where it cannot.",
            "Changes nothing. Ends with 0 for PASSED and PASSED WITH ISSUES, with 1 for FAILED."
        })
final class DoctorCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingOptions settings;

    @Override
    public Integer call() {
        Report report = new Report(spec.commandLine().getOut());
        Doctor.look(thisMachine(settings), report);
        return report.end().exitCode();
    }

    static Machine thisMachine(SettingOptions settings) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.putAll(settings.variables());
        return new Machine(Path.of("/"), System.getProperties(), environment);
    }
}
