package io.perilune.compat.apps;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A member of a Hazelcast cluster of two. The second one writes a map whose partitions live on both. */
public final class HazelcastMember {

    private static final int ENTRIES = 2000;
    private static final int LARGE = 5_000_000;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    private HazelcastMember() {}

    /** Runs it: first or second, and the first's address. */
    public static void main(String[] arguments) throws Exception {
        Config config = new Config();
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().setPort(5701).setPortAutoIncrement(false);
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).addMember(arguments[1] + ":5701");
        HazelcastInstance member = Hazelcast.newHazelcastInstance(config);
        System.out.println("ready");
        if (arguments[0].equals("first")) {
            return;
        }
        awaitTwo(member);
        IMap<Integer, byte[]> map = member.getMap("test");
        for (int i = 0; i < ENTRIES; i++) {
            map.put(i, Exchange.body(i));
        }
        map.put(ENTRIES, Exchange.body(LARGE));
        for (int i = 0; i < ENTRIES; i++) {
            check(Exchange.body(i), map.get(i));
        }
        check(Exchange.body(LARGE), map.get(ENTRIES));
        System.out.println("two members keep " + map.size() + " entries");
        member.shutdown();
    }

    private static void awaitTwo(HazelcastInstance member) throws InterruptedException {
        long deadlineNs = System.nanoTime() + LIMIT_NS;
        while (member.getCluster().getMembers().size() != 2) {
            if (deadlineNs - System.nanoTime() < 0) {
                throw new IllegalStateException(
                        "members: " + member.getCluster().getMembers());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static void check(byte[] expected, byte[] actual) {
        if (!Arrays.equals(expected, actual)) {
            throw new IllegalStateException("an entry differs");
        }
    }
}
