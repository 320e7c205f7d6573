package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.compliance.Rfc;
import io.perilune.config.Settings;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpSocketOptions;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In which world channels end up (D6), with a stack that owns 198.18.0.2 and leaves 127.0.0.1 to the kernel. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LateDecisionTest {

    private static final int INTERRUPTS = 500;

    private static UserStack stack;
    private static SelectorProvider provider;

    private final Deque<Closeable> opened = new ArrayDeque<>();

    @BeforeAll
    static void start() {
        stack = UserStack.start(Settings.of(Map.of("link", "none", "address", "198.18.0.2/24")), null);
        provider = new World.TestProvider(stack);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void closeAll() throws IOException {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private <T extends Closeable> T closing(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    private SocketChannel socket() throws IOException {
        return closing(provider.openSocketChannel());
    }

    private ServerSocketChannel server(InetSocketAddress address) throws IOException {
        return closing(provider.openServerSocketChannel()).bind(address);
    }

    private static InetSocketAddress own(int port) {
        return new InetSocketAddress("198.18.0.2", port);
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private static Class<?> world(SocketChannel channel) {
        return ((PeriluneSocketChannel) channel).backend().getClass();
    }

    private static <T> FutureTask<T> inSecondThread(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "second thread");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    @Test
    void aConnectToTheStacksOwnAddressIsUserSpace() throws Exception {
        ServerSocketChannel server = server(own(0));
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        SocketChannel accepted = closing(server.accept());
        assertThat(world(client)).isSameAs(UserBackend.class);
        assertThat(world(accepted)).isSameAs(UserBackend.class);
        assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
    }

    @Test
    void aConnectToTheLoopbackIsTheKernels() throws Exception {
        ServerSocketChannel server = server(loopback(0));
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        assertThat(world(client)).isSameAs(KernelBackend.class);
        assertThat(world(closing(server.accept()))).isSameAs(KernelBackend.class);
    }

    @Test
    void aServerOnTheStacksOwnAddressIsNotSeenByTheKernel() throws Exception {
        ServerSocketChannel server = server(own(0));
        assertThatThrownBy(() -> socket().connect(loopback(port(server))))
                .isInstanceOf(java.net.ConnectException.class)
                .hasMessage("Connection refused");
    }

    @Test
    void aServerThatCannotListenInOneWorldIsNotBoundInTheOther() throws Exception {
        ServerSocketChannel first = server(own(0));
        ServerSocketChannel second = closing(provider.openServerSocketChannel());
        assertThatThrownBy(() -> second.bind(new InetSocketAddress(port(first))))
                .isInstanceOf(java.net.BindException.class)
                .hasMessage("Address already in use");
        assertThat(second.getLocalAddress()).isNull();
        assertThatThrownBy(() -> socket().connect(loopback(port(first)))).isInstanceOf(java.net.ConnectException.class);
        assertThatThrownBy(second::accept).isInstanceOf(java.nio.channels.NotYetBoundException.class);
        second.bind(new InetSocketAddress(0));
        socket().connect(own(port(second)));
        assertThat(world(closing(second.accept()))).isSameAs(UserBackend.class);
    }

    @Test
    void anOptionSetAfterBindCountsForConnectionsThatComeLater() throws Exception {
        ServerSocketChannel server = server(own(0));
        server.setOption(java.net.StandardSocketOptions.SO_RCVBUF, 54_321);
        socket().connect(server.getLocalAddress());
        SocketChannel accepted = closing(server.accept());
        assertThat(accepted.getOption(java.net.StandardSocketOptions.SO_RCVBUF)).isEqualTo(54_321);
    }

    @Test
    void aServerOnTheWildcardListensInBothWorldsOnOnePort() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        SocketChannel user = socket();
        user.connect(own(port(server)));
        SocketChannel kernel = socket();
        kernel.connect(loopback(port(server)));
        assertThat(world(user)).isSameAs(UserBackend.class);
        assertThat(world(kernel)).isSameAs(KernelBackend.class);
        SocketChannel first = closing(server.accept());
        SocketChannel second = closing(server.accept());
        assertThat(new Object[] {world(first), world(second)})
                .containsExactlyInAnyOrder(UserBackend.class, KernelBackend.class);
    }

    @Test
    void aBlockingAcceptOnTheWildcardWaitsForBothWorlds() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        for (int i = 0; i < 6; i++) {
            FutureTask<SocketChannel> accepting = inSecondThread(server::accept);
            SocketChannel client = socket();
            client.connect(i % 2 == 0 ? own(port(server)) : loopback(port(server)));
            SocketChannel accepted = closing(accepting.get(10, TimeUnit.SECONDS));
            assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
            assertThat(accepted.isBlocking()).isTrue();
        }
    }

    @Test
    void closeEndsAnAcceptThatWaitsForBothWorlds() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        Contract.Running<SocketChannel> accepting =
                Contract.inSecondThread(server::accept).untilItWaits();
        server.close();
        assertThat(accepting.failure()).isExactlyInstanceOf(java.nio.channels.AsynchronousCloseException.class);
    }

    @Test
    void interruptEndsAnAcceptThatWaitsForBothWorlds() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        Contract.Running<SocketChannel> accepting =
                Contract.inSecondThread(server::accept).untilItWaits();
        accepting.thread.interrupt();
        assertThat(accepting.failure()).isExactlyInstanceOf(java.nio.channels.ClosedByInterruptException.class);
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void anInterruptEndsAnAcceptInWhateverStepItIs() throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < INTERRUPTS; i++) {
            ServerSocketChannel server = server(new InetSocketAddress(0));
            Contract.Running<SocketChannel> accepting = Contract.inSecondThread(server::accept);
            int steps = random.nextInt(20_000);
            for (int step = 0; step < steps; step++) {
                Thread.onSpinWait();
            }
            accepting.thread.interrupt();
            assertThat(accepting.failure()).isExactlyInstanceOf(java.nio.channels.ClosedByInterruptException.class);
        }
    }

    @Test
    void anAcceptOfBothWorldsTimesOut() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        server.socket().setSoTimeout(50);
        assertThatThrownBy(() -> server.socket().accept())
                .isInstanceOf(java.net.SocketTimeoutException.class)
                .hasMessage("Accept timed out");
    }

    @Test
    void aSelectorSeesConnectionsOfBothWorldsOnOneServer() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        server.configureBlocking(false);
        Selector selector = closing(provider.openSelector());
        SelectionKey key = server.register(selector, SelectionKey.OP_ACCEPT);
        for (int i = 0; i < 10; i++) {
            boolean user = i % 2 == 0;
            FutureTask<Integer> selecting = inSecondThread(selector::select);
            SocketChannel client = socket();
            client.connect(user ? own(port(server)) : loopback(port(server)));
            assertThat(selecting.get(10, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(selector.selectedKeys()).containsExactly(key);
            selector.selectedKeys().clear();
            SocketChannel accepted = closing(server.accept());
            assertThat(world(accepted)).isSameAs(user ? UserBackend.class : KernelBackend.class);
            assertThat(server.accept()).isNull();
        }
        assertThat(selector.select(20)).isZero();
    }

    @Test
    void oneSelectorCarriesConnectionsOfBothWorlds() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        Selector selector = closing(provider.openSelector());
        SocketChannel[] clients = {socket(), socket()};
        clients[0].connect(own(port(server)));
        SocketChannel ofUser = closing(server.accept());
        clients[1].connect(loopback(port(server)));
        SocketChannel ofKernel = closing(server.accept());
        ofUser.configureBlocking(false).register(selector, SelectionKey.OP_READ);
        ofKernel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
        for (int i = 0; i < 20; i++) {
            FutureTask<Integer> selecting = inSecondThread(selector::select);
            clients[i % 2].write(ByteBuffer.wrap(new byte[] {1}));
            assertThat(selecting.get(10, TimeUnit.SECONDS)).isEqualTo(1);
            SelectionKey selected = selector.selectedKeys().iterator().next();
            selector.selectedKeys().clear();
            assertThat(selected.channel()).isSameAs(i % 2 == 0 ? ofUser : ofKernel);
            assertThat(((SocketChannel) selected.channel()).read(ByteBuffer.allocate(2)))
                    .isEqualTo(1);
        }
    }

    @Test
    void aPortTakenInEitherWorldIsTakenForTheWildcard() throws Exception {
        ServerSocketChannel user = server(own(0));
        assertThatThrownBy(() -> server(new InetSocketAddress(port(user))))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        ServerSocketChannel kernel = server(loopback(0));
        ServerSocketChannel wildcard = closing(provider.openServerSocketChannel());
        assertThatThrownBy(() -> wildcard.bind(new InetSocketAddress(port(kernel))))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        assertThat(server(own(port(kernel))).getLocalAddress())
                .as("the failed bind has given the user-space port back")
                .isEqualTo(own(port(kernel)));
        assertThat(wildcard.bind(null).getLocalAddress()).isNotNull();
    }

    @Test
    void connectionsOfTheKernelAreNotShutOutByManyOfUserSpace() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        server.configureBlocking(false);
        for (int i = 0; i < 30; i++) {
            socket().connect(own(port(server)));
        }
        socket().connect(loopback(port(server)));
        int before = 0;
        while (world(closing(server.accept())) == UserBackend.class) {
            before++;
        }
        assertThat(before).isLessThan(10);
    }

    @Test
    void wildcardServersThatReuseThePortShareItInBothWorlds() throws Exception {
        ServerSocketChannel[] servers = new ServerSocketChannel[2];
        for (int i = 0; i < servers.length; i++) {
            servers[i] = closing(provider.openServerSocketChannel());
            servers[i].setOption(StandardSocketOptions.SO_REUSEPORT, true);
            servers[i].bind(new InetSocketAddress(i == 0 ? 0 : port(servers[0])), 128);
            servers[i].configureBlocking(false);
        }
        int clients = 64;
        int[][] accepted = new int[servers.length][2];
        for (int i = 0; i < clients; i++) {
            socket().connect(i % 2 == 0 ? own(port(servers[0])) : loopback(port(servers[0])));
        }
        for (int i = 0; i < servers.length; i++) {
            SocketChannel one;
            while ((one = servers[i].accept()) != null) {
                accepted[i][world(closing(one)) == UserBackend.class ? 0 : 1]++;
            }
        }
        for (int world = 0; world < 2; world++) {
            assertThat(accepted[0][world] + accepted[1][world]).isEqualTo(clients / 2);
            assertThat(accepted[0][world]).isBetween(1, clients / 2 - 1);
        }
        servers[0].close();
        socket().connect(own(port(servers[1])));
        socket().connect(loopback(port(servers[1])));
        servers[1].configureBlocking(true);
        closing(servers[1].accept());
        closing(servers[1].accept());
    }

    @Test
    void optionsSetWhileUndecidedActOnTheUserSocket() throws Exception {
        ServerSocketChannel server = server(own(0));
        SocketChannel client = socket();
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        client.setOption(StandardSocketOptions.SO_LINGER, 4);
        client.setOption(StandardSocketOptions.IP_TOS, 16);
        client.connect(server.getLocalAddress());
        assertThat(world(client)).isSameAs(UserBackend.class);
        assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(4);
        assertThat(client.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(16);
        client.setOption(StandardSocketOptions.SO_LINGER, -1);
    }

    @Test
    void aPortBoundOnTheWildcardIsThePortOfTheUserConnection() throws Exception {
        ServerSocketChannel server = server(own(0));
        SocketChannel client = socket();
        client.bind(null);
        int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
        client.connect(server.getLocalAddress());
        assertThat(world(client)).isSameAs(UserBackend.class);
        assertThat(client.getLocalAddress()).isEqualTo(own(port));
    }

    @Test
    void aSocketBoundToAnAddressOfTheKernelStaysThere() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        SocketChannel client = socket();
        client.bind(loopback(0));
        client.connect(loopback(port(server)));
        assertThat(world(client)).isSameAs(KernelBackend.class);
    }

    @Test
    @Rfc(number = 9293, section = "3.9.1.1", label = "MUST-43")
    void aSocketBoundToTheStacksAddressConnectsFromIt() throws Exception {
        ServerSocketChannel server = server(own(0));
        SocketChannel client = socket();
        client.bind(own(0));
        InetSocketAddress local = (InetSocketAddress) client.getLocalAddress();
        assertThat(local.getPort()).isPositive();
        client.connect(server.getLocalAddress());
        assertThat(client.getLocalAddress()).isEqualTo(local);
        assertThat(closing(server.accept()).getRemoteAddress()).isEqualTo(local);
    }

    @Test
    void aChannelRegisteredWhileUndecidedIsSelectedInItsWorld() throws Exception {
        ServerSocketChannel server = server(new InetSocketAddress(0));
        for (InetSocketAddress target : new InetSocketAddress[] {own(port(server)), loopback(port(server))}) {
            SocketChannel client = socket();
            client.configureBlocking(false);
            Selector selector = closing(provider.openSelector());
            SelectionKey key = client.register(selector, 0);
            selector.selectNow();
            boolean connected = client.connect(target);
            key.interestOps(SelectionKey.OP_CONNECT);
            if (!connected) {
                assertThat(selector.select()).isEqualTo(1);
                assertThat(client.finishConnect()).isTrue();
            }
            selector.selectedKeys().clear();
            key.interestOps(SelectionKey.OP_READ);
            closing(server.accept()).write(ByteBuffer.wrap(new byte[] {7}));
            assertThat(selector.select()).isEqualTo(1);
            assertThat(client.read(ByteBuffer.allocate(2))).isEqualTo(1);
        }
    }

    @Test
    void aPortThatAClientIsGivenIsFreeInBothWorlds() throws Exception {
        UserStack crowded = UserStack.start(Settings.of(Map.of("link", "none", "address", "198.18.0.2/24")), null);
        opened.add(crowded::close);
        SelectorProvider both = new World.TestProvider(crowded);
        // What thousands of connections do that ended a moment ago: the kernel thinks of these ports as free.
        for (int port = 32_768; port < 61_000; port++) {
            if (port % 16 != 0) {
                crowded.reserve(new InetSocketAddress(port), new TcpSocketOptions());
            }
        }
        SocketAddress user =
                closing(both.openServerSocketChannel()).bind(own(0)).getLocalAddress();
        SocketAddress kernel =
                closing(both.openServerSocketChannel()).bind(loopback(0)).getLocalAddress();
        for (int i = 0; i < 16; i++) {
            SocketChannel client = closing(both.openSocketChannel());
            client.bind(i % 2 == 0 ? null : new InetSocketAddress(0));
            int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
            client.connect(i % 4 < 2 ? user : kernel);
            assertThat(((InetSocketAddress) client.getLocalAddress()).getPort()).isEqualTo(port);
            assertThat(world(client)).isSameAs(i % 4 < 2 ? UserBackend.class : KernelBackend.class);
            if (i % 4 >= 2) {
                // In the other world it is free again.
                crowded.reserve(new InetSocketAddress(port), new TcpSocketOptions())
                        .close();
            }
        }
    }

    @Test
    void readingAndWritingAUserSocketWithoutBlockingAllocatesNothing() throws Exception {
        ServerSocketChannel server = server(own(0));
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        SocketChannel accepted = closing(server.accept());
        client.setOption(StandardSocketOptions.TCP_NODELAY, true); // else one-way traffic waits for delayed ACKs
        client.configureBlocking(false);
        accepted.configureBlocking(false);
        ByteBuffer out = ByteBuffer.allocateDirect(64);
        ByteBuffer in = ByteBuffer.allocateDirect(64);
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long allocated = 0;
        for (int round = 0; round < 20; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 2000; i++) {
                out.clear();
                while (out.hasRemaining()) {
                    client.write(out);
                }
                in.clear();
                while (in.hasRemaining()) {
                    accepted.read(in);
                }
            }
            allocated = threads.getThreadAllocatedBytes(id) - before;
            if (allocated < 2000) {
                return;
            }
        }
        assertThat(allocated).as("bytes in 2000 round trips").isLessThan(2000);
    }
}
