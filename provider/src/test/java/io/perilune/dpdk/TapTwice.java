package io.perilune.dpdk;

import io.perilune.config.Settings;
import java.io.IOException;
import java.util.Map;

/** Child of {@link DpdkLinksTest}: opens a tap, lets a process of its own try the same, and prints what is refused. */
public final class TapTwice {

    private TapTwice() {}

    /** Runs it; with an argument it is the second process. */
    public static void main(String[] arguments) throws Exception {
        refuse(arguments.length > 0 ? arguments[0] : "tap:lo");
        if (arguments.length > 0) {
            return;
        }
        try (DpdkLink link = open("tap")) {
            try (ChildJvm second = ChildJvm.start(TapTwice.class, link.name())) {
                System.out.println(second.awaitSuccess());
            }
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void refuse(String name) {
        try (DpdkLink link = open(name)) {
            throw new AssertionError(link.name() + " was opened");
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    private static DpdkLink open(String name) throws IOException {
        return DpdkLinks.open(Settings.of(Map.of("link", name, "memory", "8m")));
    }
}
