package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.config.Settings;
import io.perilune.link.Link;
import io.perilune.metrics.Counter;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.zerocopy.PacketBytes;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Stacks of three shards: over a wire with one queue, over one with three on which frames come anyhow, and alone. */
@Timeout(60)
class SeveralShardsTest {

    private static final int SHARDS = 3;
    private static final int CONNECTIONS = 60;

    private final List<UserStack> stacks = new ArrayList<>();

    private UserStack start(String address, Link link, int queues) {
        Settings settings = Settings.of(Map.of(
                "address", address + "/24",
                "address6", address.replaceFirst(".*\\.", "fd00:7065::") + "/64",
                "queues", "" + queues,
                "memory", "16m"));
        UserStack stack = UserStack.start(settings, link);
        stacks.add(stack);
        return stack;
    }

    @AfterEach
    void nothingIsHeld() {
        for (UserStack stack : stacks) {
            stack.closeSockets();
            assertThat(stack.drain(10 * StackUser.SECOND_NS)).isTrue();
        }
        for (UserStack stack : stacks) {
            assertThat(stack.heldByPrograms()).isZero();
            stack.close();
        }
        for (UserStack stack : stacks) {
            assertThat(stack.buffersInUse()).isZero();
        }
    }

    private static UserListener listen(UserStack stack, String address) throws Exception {
        PortReservation port = stack.reserve(new InetSocketAddress(address, 0), new TcpSocketOptions());
        return stack.listen(port, 100, new TcpSocketOptions());
    }

    /** Connects, says something each way, and leaves it open. Returns the clients' shards. */
    private static Set<Shard> converse(UserStack near, UserStack far, UserListener listener) {
        StackUser client = new StackUser(near);
        StackUser server = new StackUser(far);
        Set<Shard> clients = new HashSet<>();
        Set<Shard> servers = new HashSet<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            UserSocket here = client.connect(listener.localAddress());
            UserSocket there = server.accept(listener);
            assertThat(there.remoteAddress().getPort())
                    .isEqualTo(here.localAddress().getPort());
            ByteBuffer bytes = ByteBuffer.allocate(5_000).putInt(0, i);
            client.write(here, bytes);
            assertThat(server.read(there, bytes.clear())).isEqualTo(5_000);
            server.write(there, bytes.flip());
            assertThat(client.read(here, bytes.clear())).isEqualTo(5_000);
            assertThat(bytes.getInt(0)).isEqualTo(i);
            clients.add(here.shard);
            servers.add(there.shard);
        }
        assertThat(servers).as("shards that have accepted").hasSizeGreaterThanOrEqualTo(Math.min(2, SHARDS));
        return clients;
    }

    @Test
    void aLinkWithOneQueueIsSpreadBySoftware() throws Exception {
        WireLink[] wire = WireLink.pair(true);
        UserStack near = start("198.18.0.2", wire[0], SHARDS);
        UserStack far = start("198.18.0.3", wire[1], SHARDS);
        assertThat(converse(near, far, listen(far, "198.18.0.3"))).hasSize(SHARDS);
        assertThat(converse(near, far, listen(far, "fd00:7065::3"))).hasSize(SHARDS);
        for (UserStack stack : stacks) {
            assertThat(stack.counter(Counter.STEERED_FRAMES)).isPositive();
            assertThat(stack.counter(Counter.DROP_STEERED)).isZero();
            assertThat(stack.counter(Counter.TCP_RESETS_SENT)).isZero();
        }
        assertThat(wire[0].misuse).isNull();
        assertThat(wire[1].misuse).isNull();
    }

    @Test
    void framesThatComeOnAnotherShardsQueueAreHandedOn() throws Exception {
        ScatteringLink[] wire = ScatteringLink.pair(SHARDS);
        UserStack near = start("198.18.0.2", wire[0], SHARDS);
        UserStack far = start("198.18.0.3", wire[1], SHARDS);
        assertThat(converse(near, far, listen(far, "198.18.0.3"))).hasSize(SHARDS);
        assertThat(converse(near, far, listen(far, "fd00:7065::3"))).hasSize(SHARDS);
        for (UserStack stack : stacks) {
            assertThat(stack.counter(Counter.STEERED_FRAMES)).isPositive();
            assertThat(stack.counter(Counter.TCP_RESETS_SENT)).isZero();
        }
        assertThat(wire[0].lost).hasValue(0);
        assertThat(wire[1].lost).hasValue(0);
    }

    @Test
    void aConnectionFromAReservedPortIsOnTheShardToWhichItsAnswersCome() throws Exception {
        WireLink[] wire = WireLink.pair(true);
        UserStack near = start("198.18.0.2", wire[0], SHARDS);
        UserStack far = start("198.18.0.3", wire[1], 1);
        UserListener listener = listen(far, "198.18.0.3");
        StackUser user = new StackUser(near);
        Set<Shard> shards = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            String from = i % 2 == 0 ? "198.18.0.2" : "0.0.0.0";
            TcpSocketOptions options = new TcpSocketOptions();
            PortReservation port = near.reserve(new InetSocketAddress(from, 0), options);
            UserSocket socket = near.openSocket(options, listener.localAddress(), port);
            assertThat(socket.connect(listener.localAddress(), port)).isEqualTo(TcpError.NONE);
            user.await(socket, UserSocket.CONNECTABLE);
            assertThat(socket.isConnected()).isTrue();
            assertThat(socket.localAddress().getPort()).isEqualTo(port.local().getPort());
            shards.add(socket.shard);
            assertThatThrownBy(() -> near.reserve(port.local(), new TcpSocketOptions()))
                    .as("the port of a connection")
                    .isInstanceOf(BindException.class);
        }
        assertThat(shards).hasSizeGreaterThan(1);
    }

    @Test
    void aPortIsFreeAgainOnEachShard() throws Exception {
        UserStack stack = start("198.18.0.2", WireLink.pair(true)[0], SHARDS);
        InetSocketAddress wildcard = new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 7_777);
        for (int i = 0; i < 3; i++) {
            PortReservation port = stack.reserve(wildcard, new TcpSocketOptions());
            assertThatThrownBy(() -> stack.reserve(wildcard, new TcpSocketOptions()))
                    .isInstanceOf(BindException.class);
            UserListener listener = stack.listen(port, 1, new TcpSocketOptions());
            port.close();
            assertThatThrownBy(() -> stack.reserve(wildcard, new TcpSocketOptions()))
                    .isInstanceOf(BindException.class);
            listener.close();
            stack.reserve(wildcard, new TcpSocketOptions()).close();
        }
    }

    @Test
    void whatWasTakenOnOneShardMayBeWrittenOnAnother() throws Exception {
        WireLink[] wire = WireLink.pair(true);
        UserStack near = start("198.18.0.2", wire[0], SHARDS);
        UserStack far = start("198.18.0.3", wire[1], 1);
        UserListener listener = listen(far, "198.18.0.3");
        StackUser user = new StackUser(near);
        StackUser peer = new StackUser(far);
        UserSocket from = user.connect(listener.localAddress());
        UserSocket fromPeer = peer.accept(listener);
        UserSocket to = user.connect(listener.localAddress());
        UserSocket toPeer = peer.accept(listener);
        assertThat(to.shard).isNotSameAs(from.shard);
        byte[] sent = new byte[20_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i % 251);
        }
        peer.write(fromPeer, ByteBuffer.wrap(sent));
        int forwarded = 0;
        PacketBytes[] pieces = new PacketBytes[4];
        while (forwarded < sent.length) {
            user.await(from, UserSocket.READABLE);
            int count = from.packets().take(pieces, 0, pieces.length);
            for (int i = 0; i < count; i++) {
                forwarded += pieces[i].buffer().remaining();
            }
            assertThat(to.packets().write(pieces, 0, count)).isEqualTo(count);
            assertThat(pieces).containsOnlyNulls();
        }
        byte[] received = new byte[sent.length];
        assertThat(peer.read(toPeer, ByteBuffer.wrap(received))).isEqualTo(sent.length);
        assertThat(received).isEqualTo(sent);
        assertThat(near.counter(Counter.BYTES_COPIED_TX)).isEqualTo(sent.length);
    }
}
