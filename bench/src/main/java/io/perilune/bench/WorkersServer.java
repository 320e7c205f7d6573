package io.perilune.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Does what {@link NioServer} does by a thread that accepts and hands connections to others, each with its selector. */
public final class WorkersServer {

    private static final int WORKERS = 4;

    private final Session.Maker maker;
    private final Meter meter;
    private final Selector boss;

    private WorkersServer(Session.Maker maker, Meter meter, Selector boss) {
        this.maker = maker;
        this.meter = meter;
        this.boss = boss;
    }

    /** Runs until its client has done its phases: ADDRESS PORT select echo|blocks LENGTH CONNECTIONS. */
    public static void main(String[] words) throws IOException {
        ParentWatch.start();
        SessionServer.ServerArguments arguments = SessionServer.ServerArguments.of(words);
        try (Selector boss = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(arguments.address(), arguments.connections());
            server.configureBlocking(false);
            server.register(boss, SelectionKey.OP_ACCEPT);
            System.out.println(SessionServer.READY);
            new WorkersServer(NioServer.maker(arguments), new Meter(arguments.connections()), boss).run(server);
        }
    }

    private void run(ServerSocketChannel server) throws IOException {
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            Worker worker = new Worker();
            workers.add(worker);
            Thread thread = new Thread(worker, "worker-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        int next = 0;
        while (!meter.isOver()) {
            boss.select();
            boss.selectedKeys().clear();
            for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                workers.get(next++ % WORKERS).give(channel);
            }
        }
        for (Worker worker : workers) {
            worker.selector.close();
        }
    }

    /** One of those that serve. */
    private final class Worker implements Runnable {

        private final Selector selector = Selector.open();
        private final Queue<SocketChannel> arrivals = new ConcurrentLinkedQueue<>();

        Worker() throws IOException {}

        void give(SocketChannel channel) {
            arrivals.add(channel);
            selector.wakeup();
        }

        @Override
        public void run() {
            try {
                while (true) {
                    selector.select(this::ready);
                    for (SocketChannel channel = arrivals.poll(); channel != null; channel = arrivals.poll()) {
                        SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
                        key.attach(maker.make(channel, key));
                        meter.opened();
                    }
                }
            } catch (ClosedSelectorException e) {
                return; // the end
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void ready(SelectionKey key) {
            try {
                if (!((Session) key.attachment()).proceed()) {
                    meter.ended();
                    key.channel().close();
                    boss.wakeup(); // it may be over
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
