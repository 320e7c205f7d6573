package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Virtual threads in sockets: they keep no carrier while they wait, and an interrupt closes the socket (javadoc of Socket). */
@EnabledForJreRange(min = JRE.JAVA_25) // before 24 a monitor held while waiting keeps the carrier
class SocketVirtualThreadTest extends SocketContract {

    /** More than there are carriers. */
    private static final int COUNT = 2 * Runtime.getRuntime().availableProcessors() + 2;

    private final List<Thread> threads = new ArrayList<>();

    private <T> FutureTask<T> inVirtualThread(Callable<T> work) throws ReflectiveOperationException {
        FutureTask<T> task = new FutureTask<>(work);
        threads.add((Thread)
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task));
        return task;
    }

    private void awaitAllWaiting() {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
                assertThat(System.nanoTime()).as("waits for long").isLessThan(endNs);
                Thread.onSpinWait();
            }
        }
    }

    private void assertThatOthersRun() throws Exception {
        assertThat(resultOf(inVirtualThread(() -> "ran"))).isEqualTo("ran");
    }

    private void readersKeepNoCarrier(int timeoutMs) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<FutureTask<Integer>> reading = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            Pair pair = connect();
            pair.client().setSoTimeout(timeoutMs);
            pairs.add(pair);
            reading.add(inVirtualThread(() -> pair.client().getInputStream().read()));
        }
        awaitAllWaiting();
        assertThatOthersRun();
        for (int i = 0; i < COUNT; i++) {
            pairs.get(i).server().getOutputStream().write(i);
            assertThat(resultOf(reading.get(i))).isEqualTo(i);
        }
    }

    @Test
    void whoReadsKeepsNoCarrier() throws Exception {
        readersKeepNoCarrier(0);
    }

    @Test
    void whoReadsForSomeTimeKeepsNoCarrier() throws Exception {
        readersKeepNoCarrier(PATIENCE_S * 1000);
    }

    private void acceptersKeepNoCarrier(boolean onWildcard) throws Exception {
        List<ServerSocket> servers = new ArrayList<>();
        List<FutureTask<Socket>> accepting = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            ServerSocket server = onWildcard ? closedLater(new ServerSocket(0)) : listen();
            servers.add(server);
            accepting.add(inVirtualThread(server::accept));
        }
        awaitAllWaiting();
        assertThatOthersRun();
        for (int i = 0; i < COUNT; i++) {
            Socket client = closedLater(new Socket());
            client.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), servers.get(i).getLocalPort()));
            closedLater(resultOf(accepting.get(i)));
        }
    }

    @Test
    void whoAcceptsKeepsNoCarrier() throws Exception {
        acceptersKeepNoCarrier(false);
    }

    @Test
    void whoAcceptsFromBothWorldsKeepsNoCarrier() throws Exception {
        acceptersKeepNoCarrier(true);
    }

    @Test
    void anInterruptClosesTheSocket() throws Exception {
        Pair pair = connect();
        FutureTask<Integer> reading =
                inVirtualThread(() -> pair.client().getInputStream().read());
        awaitAllWaiting();
        threads.get(0).interrupt();
        assertThatThrownBy(() -> resultOf(reading))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(SocketException.class)
                .hasMessage("Closed by interrupt");
        assertThat(pair.client().isClosed()).isTrue();
        assertThat(pair.server().getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void anInterruptClosesTheServer() throws Exception {
        ServerSocket server = listen();
        FutureTask<Socket> accepting = inVirtualThread(server::accept);
        awaitAllWaiting();
        threads.get(0).interrupt();
        assertThatThrownBy(() -> resultOf(accepting))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(SocketException.class)
                .hasMessage("Closed by interrupt");
        assertThat(server.isClosed()).isTrue();
    }

    @Test
    void anInterruptedThreadDoesWhatNeedsNoWaiting() throws Exception {
        Pair pair = connect();
        pair.server().getOutputStream().write(new byte[] {7, 8});
        assertThat(pair.client().getInputStream().read()).isEqualTo(7); // so the other byte is there, too
        FutureTask<Integer> reading = inVirtualThread(() -> {
            Thread.currentThread().interrupt();
            pair.client().getOutputStream().write(9);
            return pair.client().getInputStream().read();
        });
        assertThat(resultOf(reading)).isEqualTo(8);
        assertThat(pair.client().isClosed()).isFalse();
        assertThat(pair.server().getInputStream().read()).isEqualTo(9);
    }

    @Test
    void anInterruptedThreadThatConnectsIsToldInTheJdksWordsUnlessItNeedNotWait() throws Exception {
        ServerSocket server = listen();
        for (int i = 0; i < 20; i++) {
            Socket client = closedLater(new Socket());
            FutureTask<Object> connecting = inVirtualThread(() -> {
                Thread.currentThread().interrupt();
                try {
                    client.connect(addressOf(server));
                    return "connected";
                } catch (IOException e) {
                    assertThat(client.isClosed()).isTrue();
                    return e.getClass() + ": " + e.getMessage();
                }
            });
            assertThat(resultOf(connecting)).isIn("connected", SocketException.class + ": Closed by interrupt");
        }
    }
}
