package io.perilune.dpdk;

import io.perilune.config.Settings;
import java.io.IOException;
import java.util.Map;

/** Child of {@link DpdkLinksTest}: opens a link with arguments for DPDK, and prints what is said, and nothing else. */
public final class BadEal {

    private BadEal() {}

    /** Runs it: the link, the arguments for DPDK. */
    public static void main(String[] arguments) {
        for (int i = 0; i < 2; i++) {
            try {
                DpdkLinks.open(Settings.of(Map.of("link", arguments[0], "memory", "8m", "eal", arguments[1])))
                        .close();
                System.out.println("opened");
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
