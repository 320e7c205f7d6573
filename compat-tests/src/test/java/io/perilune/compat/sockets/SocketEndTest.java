package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Close and interrupt while somebody waits (javadoc of Socket.close and ServerSocket.close). */
class SocketEndTest extends SocketContract {

    private static void assertSocketClosed(FutureTask<?> waiting) {
        assertThatThrownBy(() -> resultOf(waiting))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
    }

    @Test
    void closeEndsARead() throws Exception {
        Pair pair = connect();
        FutureTask<Integer> reading =
                beside(() -> pair.client().getInputStream().read());
        awaitThreadIn("read");
        pair.client().close();
        assertSocketClosed(reading);
    }

    @Test
    void closeEndsAReadWithTimeout() throws Exception {
        Pair pair = connect();
        pair.client().setSoTimeout(PATIENCE_S * 1000);
        FutureTask<Integer> reading =
                beside(() -> pair.client().getInputStream().read());
        awaitThreadIn("read");
        pair.client().close();
        assertSocketClosed(reading);
    }

    @Test
    void closeEndsAWrite() throws Exception {
        Pair pair = connect();
        FutureTask<Void> writing = beside(() -> {
            byte[] bytes = new byte[100_000];
            for (int i = 0; i < 1000; i++) {
                pair.client().getOutputStream().write(bytes); // fills all buffers, as nobody reads
            }
            return null;
        });
        awaitThreadIn("write");
        pair.client().close();
        assertThatThrownBy(() -> resultOf(writing))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(SocketException.class);
    }

    @Test
    void closeEndsAnAccept() throws Exception {
        ServerSocket server = listen();
        FutureTask<Socket> accepting = beside(server::accept);
        awaitThreadIn("accept");
        server.close();
        assertSocketClosed(accepting);
    }

    @Test
    void anInterruptEndsNoReadOfAPlatformThread() throws Exception {
        Pair pair = connect();
        Thread[] reader = new Thread[1];
        FutureTask<Boolean> reading = beside(() -> {
            reader[0] = Thread.currentThread();
            int value = pair.client().getInputStream().read();
            return value == 5 && Thread.interrupted();
        });
        awaitThreadIn("read");
        reader[0].interrupt();
        pair.server().getOutputStream().write(5);
        assertThat(resultOf(reading)).isTrue();
    }

    @Test
    void aClosedSocketRefusesAll() throws Exception {
        Pair pair = connect();
        Socket socket = pair.client();
        var in = socket.getInputStream();
        var out = socket.getOutputStream();
        socket.close();
        socket.close();
        assertThat(socket.isClosed()).isTrue();
        assertThat(socket.isConnected()).isTrue();
        assertThat(socket.isBound()).isTrue();
        for (org.assertj.core.api.ThrowableAssert.ThrowingCallable call :
                java.util.List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                        socket::getInputStream,
                        socket::getOutputStream,
                        socket::getSoTimeout,
                        socket::getTcpNoDelay,
                        socket::shutdownInput,
                        socket::shutdownOutput,
                        () -> socket.setKeepAlive(true),
                        () -> socket.connect(addressOf(listen())),
                        () -> socket.bind(null),
                        () -> socket.getOption(java.net.StandardSocketOptions.SO_RCVBUF),
                        () -> socket.sendUrgentData(1))) {
            assertThatThrownBy(call).isInstanceOf(SocketException.class).hasMessageMatching("Socket (is )?closed");
        }
        assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        assertThatThrownBy(in::available).isInstanceOf(java.io.IOException.class);
        assertThatThrownBy(() -> out.write(1))
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
    }

    @Test
    void whoReadTheEndReadsItAlsoFromAClosedSocket() throws Exception {
        Pair pair = connect();
        pair.server().close();
        var in = pair.client().getInputStream();
        assertThat(in.read()).isEqualTo(-1);
        pair.client().close();
        assertThat(in.read()).isEqualTo(-1);
    }

    @Test
    void aSocketThatWasLostIsClosed() throws Exception {
        Socket left = connectAndLoseTheClient();
        left.setSoTimeout(50);
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        int end = 0;
        while (end == 0) {
            System.gc();
            try {
                end = left.getInputStream().read();
            } catch (SocketTimeoutException e) {
                assertThat(System.nanoTime()).as("nobody closes it").isLessThan(endNs);
            }
        }
        assertThat(end).isEqualTo(-1);
    }

    private Socket connectAndLoseTheClient() throws Exception {
        ServerSocket listening = listen();
        Socket lost = new Socket();
        lost.connect(addressOf(listening));
        return closedLater(listening.accept());
    }

    @Test
    void aServerThatWasLostIsClosed() throws Exception {
        InetSocketAddress address = listenAndLoseTheServer();
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (isListening(address)) {
            assertThat(System.nanoTime()).as("nobody closes it").isLessThan(endNs);
            System.gc();
        }
    }

    private static InetSocketAddress listenAndLoseTheServer() throws Exception {
        return addressOf(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    }

    private static boolean isListening(InetSocketAddress address) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }
}
