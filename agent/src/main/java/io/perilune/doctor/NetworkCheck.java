package io.perilune.doctor;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import java.util.ArrayList;
import java.util.List;

/** Whether the tap's network is free, and whether the kernel has IPv6. */
final class NetworkCheck implements Check {

    private static final String ROUTES = "/proc/net/route";

    @Override
    public List<Finding> look(Machine machine) {
        Settings settings = machine.settingsOrDefaults();
        return settings.text(Setting.LINK).startsWith("tap")
                ? List.of(addresses(machine, settings.text(Setting.ADDRESS)), ipv6(machine))
                : List.of(ipv6(machine));
    }

    private static Finding addresses(Machine machine, String address) {
        List<String> taken = new ArrayList<>();
        int slash = address.indexOf('/');
        int ours = address(address.substring(0, slash));
        int ourMask = -1 << (32 - Integer.parseInt(address.substring(slash + 1)));
        for (String line : machine.lines(ROUTES)) {
            String[] columns = line.strip().split("\\s+", -1);
            if (columns.length < 8 || !columns[1].matches("[0-9A-F]{8}")) {
                continue;
            }
            // The kernel prints the bytes of the wire as a number of its own order.
            int network = Integer.reverseBytes(Integer.parseUnsignedInt(columns[1], 16));
            int mask = Integer.reverseBytes(Integer.parseUnsignedInt(columns[7], 16));
            if (mask != 0 && ((network ^ ours) & mask & ourMask) == 0) {
                taken.add(text(network) + "/" + Integer.bitCount(mask) + " on " + columns[0]);
            }
        }
        if (taken.isEmpty()) {
            return Finding.ok("addresses", "the tap's network, that of " + address + ", is nobody's here");
        }
        return Finding.advice(
                "addresses",
                "the kernel reaches " + String.join(", ", taken) + ", in which the tap's " + address + " is too",
                "give Perilune a network that is nobody's, as -o address=198.19.77.2/24");
    }

    private static int address(String text) {
        int address = 0;
        for (String part : text.split("\\.", -1)) {
            address = address << 8 | Integer.parseInt(part);
        }
        return address;
    }

    private static String text(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." + (address >>> 8 & 0xFF) + "." + (address & 0xFF);
    }

    private static Finding ipv6(Machine machine) {
        boolean on =
                machine.has("/proc/net/if_inet6") && machine.number("/proc/sys/net/ipv6/conf/all/disable_ipv6") != 1;
        return Finding.ok("ipv6", on ? "on in the kernel" : "off in the kernel: peers on this machine have IPv4 only");
    }
}
