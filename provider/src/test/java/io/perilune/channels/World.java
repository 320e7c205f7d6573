package io.perilune.channels;

import io.perilune.PeriluneSelectorProvider;
import io.perilune.config.Settings;
import io.perilune.dpdk.JdkInternals;
import io.perilune.link.Sleeper;
import io.perilune.loop.UserStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A provider that the contracts are run against. The JDK's comes first: it proves the contracts themselves. The build
 * tries those within one JVM; the others need a link, and {@code perilune selftest} asks for them by name.
 */
enum World {
    JDK {
        @Override
        SelectorProvider provider() {
            return Providers.JDK;
        }
    },
    PERILUNE_ON_THE_KERNEL {
        @Override
        SelectorProvider provider() {
            return Providers.KERNEL_ONLY;
        }
    },
    /** Connections between two ends in this JVM: 127.0.0.0/8 runs over the stack's loopback link. */
    PERILUNE_ON_ITS_LOOPBACK {
        @Override
        SelectorProvider provider() {
            return Providers.LOOPBACK;
        }
    },
    /** The same in three shards: a server accepts from each, and who connects is on one or the other. */
    PERILUNE_IN_THREE_SHARDS {
        @Override
        SelectorProvider provider() {
            return Providers.SHARDS;
        }
    },
    /** Perilune's clients and the kernel's servers, with the tap between them that the settings name. */
    PERILUNE_TO_THE_KERNEL {
        @Override
        SelectorProvider provider() {
            return Providers.LINK;
        }

        @Override
        InetSocketAddress address(int port) {
            return new InetSocketAddress("198.18.0.1", port);
        }
    },
    /** The kernel's clients and Perilune's servers, likewise. */
    THE_KERNEL_TO_PERILUNE {
        @Override
        SelectorProvider provider() {
            return Providers.SERVERS;
        }

        @Override
        InetSocketAddress address(int port) {
            return new InetSocketAddress("198.18.0.2", port);
        }
    };

    /** The tag of tests for which clients and servers are of one provider and have one address: not in the last world. */
    static final String ONE_PROVIDER = "one-provider";

    /** System property with the names of the worlds to try, separated by commas. */
    static final String CHOICE_PROPERTY = "io.perilune.selftest.worlds";

    private static final class Providers {
        static final SelectorProvider JDK = jdk();
        static final SelectorProvider KERNEL_ONLY = new TestProvider(null);
        static final List<UserStack> STACKS = new CopyOnWriteArrayList<>();
        static final SelectorProvider LOOPBACK = new TestProvider(stack("1"));
        static final SelectorProvider SHARDS = new TestProvider(stack("3"));
        static final SelectorProvider LINK = new PeriluneSelectorProvider();
        static final SelectorProvider SERVERS = new ServersOnly(LINK, KERNEL_ONLY);

        private static UserStack stack(String queues) {
            UserStack stack =
                    UserStack.start(Settings.of(Map.of("link", "none", "loopback", "user", "queues", queues)), null);
            STACKS.add(stack);
            return stack;
        }

        /** In the class path perilune.jar makes its own provider the system's. */
        private static SelectorProvider jdk() {
            SelectorProvider given = SelectorProvider.provider();
            try {
                return given instanceof ChannelProvider ? JdkInternals.kernelProvider() : given;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the worlds to try: those chosen, or those within one JVM. */
    static Stream<World> chosen() {
        String choice = System.getProperty(CHOICE_PROPERTY);
        return choice == null
                ? Stream.of(JDK, PERILUNE_ON_THE_KERNEL, PERILUNE_ON_ITS_LOOPBACK, PERILUNE_IN_THREE_SHARDS)
                : Arrays.stream(choice.split(",")).map(World::valueOf);
    }

    /** Returns the stacks within this JVM. */
    static List<UserStack> stacks() {
        return Providers.STACKS;
    }

    abstract SelectorProvider provider();

    /** Returns where the servers of this world are. */
    InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Perilune's channels over the given stack, or over the kernel alone. */
    static final class TestProvider extends ChannelProvider implements StackSource {
        private final UserStack stack;

        TestProvider(UserStack stack) {
            this.stack = stack;
        }

        @Override
        protected StackSource source() {
            return this;
        }

        @Override
        public SelectorProvider kernelProvider() {
            return Providers.JDK;
        }

        @Override
        public UserStack stackOrNull() {
            return stack;
        }

        @Override
        public int epollDescriptor(Selector kernelSelector) {
            return Sleeper.NO_DESCRIPTOR;
        }
    }

    /** What one provider opens, but for the channels of clients, which are another's. */
    private static final class ServersOnly extends SelectorProvider {
        private final SelectorProvider servers;
        private final SelectorProvider clients;

        ServersOnly(SelectorProvider servers, SelectorProvider clients) {
            this.servers = servers;
            this.clients = clients;
        }

        @Override
        public SocketChannel openSocketChannel() throws IOException {
            return clients.openSocketChannel();
        }

        @Override
        public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
            return clients.openSocketChannel(family);
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() throws IOException {
            return servers.openServerSocketChannel();
        }

        @Override
        public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
            return servers.openServerSocketChannel(family);
        }

        @Override
        public AbstractSelector openSelector() throws IOException {
            return servers.openSelector();
        }

        @Override
        public DatagramChannel openDatagramChannel() throws IOException {
            return servers.openDatagramChannel();
        }

        @Override
        public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
            return servers.openDatagramChannel(family);
        }

        @Override
        public Pipe openPipe() throws IOException {
            return servers.openPipe();
        }
    }
}
