package io.perilune.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Who runs this and in what. Which right a link needs is said with the link. */
final class RightsCheck implements Check {

    @Override
    public List<Finding> look(Machine machine) {
        return List.of(rights(machine), container(machine));
    }

    private static Finding rights(Machine machine) {
        String[] uids = machine.field("/proc/self/status", "Uid").split("\\s+", -1);
        String uid = uids.length > 1 ? uids[1] : "?";
        List<String> held = new ArrayList<>();
        for (Capability capability : Capability.values()) {
            if (machine.may(capability)) {
                held.add(capability.name());
            }
        }
        String user = uid.equals("0") ? "root" : "user " + uid;
        return Finding.ok("rights", user + (held.isEmpty() ? ", no capability" : ", " + String.join(", ", held)));
    }

    private static Finding container(Machine machine) {
        List<String> found = new ArrayList<>();
        if (machine.has("/.dockerenv")) {
            found.add("docker");
        }
        if (machine.has("/run/.containerenv")) {
            found.add("podman");
        }
        String groups = String.join(" ", machine.lines("/proc/1/cgroup")).toLowerCase(Locale.ROOT);
        if (groups.contains("kubepods")) {
            found.add("kubernetes");
        }
        if (found.isEmpty()) {
            found.add("none seen");
        }
        if (machine.field("/proc/self/status", "Seccomp").equals("2")) {
            found.add("system calls are filtered (seccomp)");
        }
        return Finding.ok("container", String.join(", ", found));
    }
}
