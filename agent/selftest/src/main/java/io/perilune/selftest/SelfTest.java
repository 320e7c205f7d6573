package io.perilune.selftest;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;

import io.perilune.Perilune;
import java.util.Map;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the contracts of the channels in the worlds that its arguments name, one after the other. It prints, in UTF-8:
 * {@code world NAME}, then for each of its tests {@code passed TEST}, {@code skipped TEST: why} or {@code failed TEST:
 * message}, the failures with their stack traces behind; then {@code frames COUNT} if there was a link, of those that it
 * received and sent, and at the end {@code end}, without which it did not get there.
 */
public final class SelfTest {

    /** As the test's class World has it. */
    private static final String WORLDS_PROPERTY = "io.perilune.selftest.worlds";
    /** As the test's class World has it: clients there are not of the servers' provider and address. */
    private static final String ONE_PROVIDER_TAG = "one-provider";

    private static final String KERNELS_CLIENTS = "THE_KERNEL_TO_PERILUNE";

    private SelfTest() {}

    /** Runs; ends with 0 whatever the tests said, as a thread that a failed test left must not hold it up. */
    public static void main(String[] worlds) {
        PrintedResults results = new PrintedResults(System.out);
        for (String world : worlds) {
            results.world(world);
            System.setProperty(WORLDS_PROPERTY, world);
            LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectPackage("io.perilune.channels"))
                    .filters(includeClassNamePatterns(".*ContractTest"));
            if (world.equals(KERNELS_CLIENTS)) {
                request.filters(excludeTags(ONE_PROVIDER_TAG));
            }
            LauncherFactory.create().execute(request.build(), results);
        }
        if (Perilune.isRunning()) {
            Map<String, Long> counters = Perilune.counters();
            results.frames(counters.get("rx.frames") + counters.get("tx.frames"));
        }
        results.end();
        System.exit(0);
    }
}
