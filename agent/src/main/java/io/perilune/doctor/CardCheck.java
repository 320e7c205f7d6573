package io.perilune.doctor;

import io.perilune.config.Setting;
import java.util.ArrayList;
import java.util.List;

/** Network cards that DPDK could drive, and what stands between them and memory. */
final class CardCheck implements Check {

    private static final String PCI = "pci:";
    private static final List<String> DRIVERS = List.of("vfio-pci", "uio_pci_generic", "igb_uio");

    @Override
    public List<Finding> look(Machine machine) {
        String link = machine.settingsOrDefaults().text(Setting.LINK);
        return List.of(cards(machine, link), iommu(machine, link));
    }

    private static Finding cards(Machine machine, String link) {
        List<String> bound = new ArrayList<>();
        for (String driver : DRIVERS) {
            for (String name : machine.names("/sys/bus/pci/drivers/" + driver)) {
                if (name.matches("[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]")) {
                    bound.add(name + " by " + driver);
                }
            }
        }
        String found =
                bound.isEmpty() ? "no card is given to user space" : "given to user space: " + String.join(", ", bound);
        if (link.startsWith(PCI)) {
            String wanted = full(link.substring(PCI.length()));
            if (bound.stream().noneMatch(name -> name.startsWith(wanted + " "))) {
                return Finding.advice(
                        "cards",
                        wanted + " is not given to user space",
                        "modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci " + wanted
                                + " takes it from the kernel, and the kernel's connections over it with it");
            }
        }
        return Finding.ok("cards", found);
    }

    /** The domain, 0000, may be left away. */
    private static String full(String address) {
        return address.indexOf(':') == address.lastIndexOf(':') ? "0000:" + address : address;
    }

    private static Finding iommu(Machine machine, String link) {
        int groups = machine.names("/sys/kernel/iommu_groups").size();
        if (groups > 0) {
            return Finding.ok("iommu", groups + " groups");
        }
        return link.startsWith(PCI)
                ? Finding.advice(
                        "iommu",
                        "none is on",
                        "switch it on in the firmware and add intel_iommu=on or amd_iommu=on to the kernel's command line,"
                                + " or do without: echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode")
                : Finding.ok("iommu", "none is on, which only link=pci: needs");
    }
}
