package io.perilune.doctor;

import io.perilune.config.Setting;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Whether link=tap can be made: an interface of the kernel's with this JVM behind it. */
final class TapCheck implements Check {

    private static final String DEVICE = "/dev/net/tun";
    private static final String DEFAULT_NAME = "perilune0";

    @Override
    public List<Finding> look(Machine machine) {
        String link = machine.settingsOrDefaults().text(Setting.LINK);
        boolean chosen = link.startsWith("tap");
        List<String> lacks = new ArrayList<>();
        List<String> advice = new ArrayList<>();
        if (!machine.has(DEVICE)) {
            lacks.add("there is no " + DEVICE);
            advice.add("load its module (modprobe tun), or give the container the device (docker run --device " + DEVICE
                    + ")");
        } else if (!Files.isWritable(machine.path(DEVICE))) {
            lacks.add(DEVICE + " is not this user's to write");
            advice.add("chmod 666 " + DEVICE + ", as most systems have it");
        }
        if (!machine.may(Capability.CAP_NET_ADMIN)) {
            lacks.add("this process lacks CAP_NET_ADMIN");
            advice.add(Capability.CAP_NET_ADMIN.advice());
        }
        String name = link.startsWith("tap:") ? link.substring("tap:".length()) : DEFAULT_NAME;
        if (chosen && machine.hasInterface(name)) {
            lacks.add("there is an interface " + name + " already");
            advice.add(
                    "another program runs on it: give this one a link and a network of its own, as -o link=tap:perilune1"
                            + " -o address=198.18.1.2/24 -o address6=none");
        }
        if (lacks.isEmpty()) {
            return List.of(Finding.ok("tap", "can be made"));
        }
        String found = String.join(", ", lacks);
        return List.of(
                chosen
                        ? Finding.advice("tap", found, String.join("; ", advice))
                        : Finding.ok("tap", found + "; it is not the link that is set"));
    }
}
