package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class UserStackTest {

    private UserStack stack;
    private StackUser user;

    @BeforeEach
    void start() {
        stack = StackUser.loopbackStack();
        user = new StackUser(stack);
    }

    @AfterEach
    void close() {
        stack.close();
    }

    @Test
    void oneThreadTalksToItselfOverTwoSockets() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        assertThat(client.remoteAddress()).isEqualTo(listener.localAddress());
        assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
        ByteBuffer in = ByteBuffer.allocateDirect(64);
        for (int i = 0; i < 10_000; i++) {
            user.write(client, ByteBuffer.allocate(64).putInt(0, i));
            in.clear();
            user.read(server, in);
            user.write(server, in.flip());
            in.clear();
            assertThat(user.read(client, in)).isEqualTo(64);
            assertThat(in.getInt(0)).isEqualTo(i);
        }
        client.close();
        in.clear();
        assertThat(user.read(server, in)).isZero();
        user.await(server, UserSocket.READABLE);
        assertThat(server.read(in)).isEqualTo(UserSocket.END_OF_STREAM);
    }

    @Test
    void bytesArriveWholeThroughFullQueuesInBothDirections() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        byte[] sent = new byte[8 << 20];
        new Random(1).nextBytes(sent);
        byte[] received = new byte[sent.length];
        ByteBuffer out = ByteBuffer.wrap(sent);
        ByteBuffer in = ByteBuffer.wrap(received);
        long startNs = System.nanoTime();
        while (in.hasRemaining()) {
            assertThat(System.nanoTime() - startNs).isLessThan(20 * StackUser.SECOND_NS);
            boolean any = out.hasRemaining() && client.write(out) > 0;
            any |= server.read(in) > 0;
            if (!any) {
                user.await(server, UserSocket.READABLE);
            }
        }
        assertThat(received).isEqualTo(sent);
    }

    /** In the turn that an operation makes itself, if the last one is long ago. */
    @Test
    void anOperationsSegmentsLeaveBeforeItsOwnTurnAnswersWhatHasCome() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        Shard shard = stack.inlineShard();
        long nowNs = shard.enter();
        try {
            client.usableConnection().write(ByteBuffer.allocate(1), nowNs);
            shard.tcp().flush(nowNs);
            shard.internet().flush();
            server.usableConnection().write(ByteBuffer.allocate(2), nowNs);
            server.closeInOrder(nowNs);
        } finally {
            shard.exit(nowNs + StackUser.SECOND_NS);
        }
        assertThat(user.read(client, ByteBuffer.allocate(2))).isEqualTo(2);
    }

    @Test
    void anOperationsSegmentsLeaveBeforeWhatHasComeIsAnswered() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        Shard shard = stack.inlineShard();
        Thread next = new Thread(() -> {
            shard.role().take();
            shard.turn(System.nanoTime());
            shard.role().leave();
        });
        long nowNs = shard.enter();
        try {
            client.usableConnection().write(ByteBuffer.allocate(1), nowNs);
            shard.tcp().flush(nowNs);
            shard.internet().flush(); // the byte is on its way
            server.usableConnection().write(ByteBuffer.allocate(2), nowNs);
            server.closeInOrder(nowNs); // whoever writes to it is reset from here on
            next.start();
            while (!shard.role().isWanted()) {
                Thread.onSpinWait();
            }
        } finally {
            shard.exit(nowNs);
        }
        next.join();
        assertThat(user.read(client, ByteBuffer.allocate(2)))
                .as("bytes before the reset")
                .isEqualTo(2);
    }

    @Test
    void connectingWhereNobodyListensIsRefused() {
        UserSocket socket = stack.openSocket(new TcpSocketOptions());
        assertThat(socket.connect(StackUser.at(9), null)).isEqualTo(TcpError.NONE);
        user.await(socket, UserSocket.CONNECTABLE);
        assertThat(socket.isConnected()).isFalse();
        assertThat(socket.error()).isEqualTo(TcpError.CONNECTION_REFUSED);
        assertThat(socket.read(ByteBuffer.allocate(1))).isEqualTo(UserSocket.FAILED);
    }

    @Test
    void anAddressThatNoRouteLeadsToIsKnownAtOnce() throws Exception {
        UserSocket socket = stack.openSocket(new TcpSocketOptions());
        InetAddress elsewhere = InetAddress.getByName("198.18.0.3");
        assertThat(stack.reaches(elsewhere)).isFalse();
        assertThat(socket.connect(new InetSocketAddress(elsewhere, 9), null)).isEqualTo(TcpError.NET_UNREACHABLE);
        assertThat(socket.error()).isEqualTo(TcpError.NET_UNREACHABLE);
        assertThat(socket.isConnected()).isFalse();
    }

    @Test
    void aPortIsHeldWhileItIsReservedOrListenedOn() throws Exception {
        PortReservation reservation = stack.reserve(StackUser.at(0), new TcpSocketOptions());
        int port = reservation.local().getPort();
        assertThat(port).isPositive();
        Assertions.assertThatThrownBy(() -> stack.reserve(StackUser.at(port), new TcpSocketOptions()))
                .isInstanceOf(BindException.class)
                .hasMessage("Address already in use");
        UserListener listener = stack.listen(reservation, 1, new TcpSocketOptions());
        reservation.close();
        Assertions.assertThatThrownBy(() -> stack.reserve(new InetSocketAddress(port), new TcpSocketOptions()))
                .isInstanceOf(BindException.class);
        listener.close();
        stack.reserve(StackUser.at(port), new TcpSocketOptions()).close();
    }

    @Test
    void onlyOwnAddressesCanBeBound() throws Exception {
        InetAddress elsewhere = InetAddress.getByName("198.18.0.3");
        assertThat(stack.owns(elsewhere)).isFalse();
        assertThat(stack.owns(InetAddress.getByName(StackUser.ADDRESS))).isTrue();
        Assertions.assertThatThrownBy(() -> stack.reserve(new InetSocketAddress(elsewhere, 0), new TcpSocketOptions()))
                .isInstanceOf(BindException.class)
                .hasMessage("Cannot assign requested address");
    }

    @Test
    void closingTheStackFailsItsSocketsAndEndsWaits() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        Thread closer = new Thread(stack::close);
        Waiter waiter = new Waiter(null);
        client.addListener(waiter::signal);
        closer.start();
        long startNs = System.nanoTime();
        while (client.error() == TcpError.NONE && System.nanoTime() - startNs < 5 * StackUser.SECOND_NS) {
            stack.await(waiter, StackUser.SECOND_NS);
            waiter.reset();
        }
        assertThat(client.error()).isEqualTo(TcpError.STACK_CLOSED);
        assertThat(client.write(ByteBuffer.allocate(1))).isEqualTo(UserSocket.FAILED);
        assertThat(listener.error()).isEqualTo(TcpError.STACK_CLOSED);
        closer.join(5_000);
        assertThat(closer.isAlive()).isFalse();
    }
}
