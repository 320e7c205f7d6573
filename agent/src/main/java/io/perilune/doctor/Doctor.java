package io.perilune.doctor;

import java.util.List;

/** All checks, in the order of the table. */
public final class Doctor {

    private static final List<Check> CHECKS = List.of(
            new PlatformCheck(),
            new SettingsCheck(),
            new LibraryCheck(),
            new RightsCheck(),
            new MemoryCheck(),
            new TapCheck(),
            new OtherLinksCheck(),
            new CardCheck(),
            new NetworkCheck());

    private Doctor() {}

    /** Looks at the machine. */
    public static void look(Machine machine, Report report) {
        for (Check check : CHECKS) {
            check.look(machine).forEach(report::add);
        }
    }
}
