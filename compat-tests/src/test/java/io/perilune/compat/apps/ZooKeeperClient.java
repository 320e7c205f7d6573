package io.perilune.compat.apps;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** Writes nodes to a ZooKeeper and is told of a change, or reads what another has written. */
public final class ZooKeeperClient {

    private static final int NODES = 500;
    private static final int LARGE = 900_000;
    private static final int SESSION_MS = 20_000;

    private ZooKeeperClient() {}

    /** Runs it: write or read, ADDRESS:PORT, NODE. */
    public static void main(String[] arguments) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper keeper = new ZooKeeper(arguments[1], SESSION_MS, event -> {
            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        try {
            await(connected, "no session");
            if (arguments[0].equals("write")) {
                write(keeper, arguments[2]);
            } else {
                read(keeper, arguments[2]);
            }
        } finally {
            keeper.close();
        }
    }

    private static void write(ZooKeeper keeper, String top) throws Exception {
        create(keeper, top, new byte[0]);
        for (int i = 0; i < NODES; i++) {
            create(keeper, top + "/" + i, Exchange.body(i * 10));
        }
        create(keeper, top + "/large", Exchange.body(LARGE));
        CountDownLatch told = new CountDownLatch(1);
        keeper.getData(top, event -> told.countDown(), null);
        keeper.setData(top, Exchange.body(1), -1);
        await(told, "not told of the change");
        System.out.println("wrote " + NODES + " nodes");
    }

    private static void read(ZooKeeper keeper, String top) throws Exception {
        CountDownLatch synced = new CountDownLatch(1);
        keeper.sync(top, (code, path, context) -> synced.countDown(), null);
        await(synced, "not in sync");
        for (int i = 0; i < NODES; i++) {
            check(Exchange.body(i * 10), keeper.getData(top + "/" + i, false, null));
        }
        check(Exchange.body(LARGE), keeper.getData(top + "/large", false, null));
        if (keeper.getChildren(top, false).size() != NODES + 1) {
            throw new IllegalStateException("children: " + keeper.getChildren(top, false));
        }
        System.out.println("read " + NODES + " nodes");
    }

    private static void create(ZooKeeper keeper, String path, byte[] data) throws Exception {
        keeper.create(path, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }

    private static void await(CountDownLatch latch, String otherwise) throws InterruptedException {
        if (!latch.await(50, TimeUnit.SECONDS)) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static void check(byte[] expected, byte[] actual) {
        if (!Arrays.equals(expected, actual)) {
            throw new IllegalStateException(actual.length + " bytes instead of " + expected.length);
        }
    }
}
