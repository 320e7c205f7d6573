package io.perilune.doctor;

import io.perilune.config.Setting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether the links can be opened that need no device of their own: memif, af_packet, AF_XDP. */
final class OtherLinksCheck implements Check {

    private static final String MEMIF = "memif:";
    private static final String AF_PACKET = "afpacket:";
    private static final String AF_XDP = "afxdp:";

    @Override
    public List<Finding> look(Machine machine) {
        String link = machine.settingsOrDefaults().text(Setting.LINK);
        return List.of(memif(machine, link), afPacket(machine, link), afXdp(machine, link));
    }

    private static Finding memif(Machine machine, String link) {
        if (!link.startsWith(MEMIF)) {
            return Finding.ok("memif", "can be opened; it needs no right");
        }
        String target = link.substring(MEMIF.length(), link.lastIndexOf(','));
        Path folder = Path.of(target).toAbsolutePath().getParent();
        if (link.endsWith(",server") && !Files.isWritable(machine.path(folder.toString()))) {
            return Finding.advice(
                    "memif",
                    folder + " is no folder that this user can write to",
                    "mkdir -p " + folder + ", or name another folder for the socket");
        }
        if (link.endsWith(",client")
                && !machine.has(Path.of(target).toAbsolutePath().toString())) {
            return Finding.advice("memif", "there is no socket " + target, "start the server's program first");
        }
        return Finding.ok("memif", "can be opened as " + link);
    }

    private static Finding afPacket(Machine machine, String link) {
        boolean may = machine.may(Capability.CAP_NET_RAW);
        if (!link.startsWith(AF_PACKET)) {
            return Finding.ok(
                    "af_packet",
                    may ? "can be opened" : "this process lacks CAP_NET_RAW; it is not the link that is set");
        }
        String target = link.substring(AF_PACKET.length());
        if (!machine.hasInterface(target)) {
            return Finding.advice(
                    "af_packet", "there is no interface " + target, "`ip link` lists those that there are");
        }
        return may
                ? Finding.ok("af_packet", "can be opened on " + target)
                : Finding.advice("af_packet", "this process lacks CAP_NET_RAW", Capability.CAP_NET_RAW.advice());
    }

    private static Finding afXdp(Machine machine, String link) {
        boolean kernel = machine.lines("/proc/net/protocols").stream().anyMatch(line -> line.startsWith("XDP "));
        boolean libraries =
                machine.names("/usr/lib/x86_64-linux-gnu").stream().anyMatch(name -> name.startsWith("libxdp.so"));
        String found = "not in this build (kernel: " + (kernel ? "has it" : "not seen") + ", libxdp: "
                + (libraries ? "there" : "not seen") + ")";
        return link.startsWith(AF_XDP)
                ? Finding.advice(
                        "af_xdp", found, "set link=" + AF_PACKET + link.substring(AF_XDP.length()) + " instead")
                : Finding.ok("af_xdp", found);
    }
}
