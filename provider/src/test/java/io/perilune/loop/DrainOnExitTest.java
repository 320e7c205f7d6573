package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing written is lost at an orderly exit, and the exit takes bounded time (D9). */
@Timeout(30)
class DrainOnExitTest {

    @Test
    void aPeerThatDoesNotReadHoldsUpTheExitForTheTimeSetOnly() throws Exception {
        UserStack stack = StackUser.loopbackStack("tcp.receive-buffer", "4k");
        StackUser user = new StackUser(stack);
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        assertThat(client.write(ByteBuffer.allocate(1 << 20))).isPositive();
        assertThat(stack.drain(1_000_000)).isFalse();
        long startNs = System.nanoTime();
        new DrainOnExit(stack, Settings.of(Map.of("drain", "300ms"))).run();
        assertThat(System.nanoTime() - startNs).isBetween(290_000_000L, 3 * StackUser.SECOND_NS);
        assertThat(server.readyOps()).isNotZero();
    }

    @Test
    void aDrainListenerIsCalledWhenTheFinWasAcknowledged() throws Exception {
        try (UserStack stack = StackUser.loopbackStack()) {
            StackUser user = new StackUser(stack);
            UserListener listener = user.listen(10);
            UserSocket client = user.connect(listener.localAddress());
            UserSocket server = user.accept(listener);
            assertThat(client.write(ByteBuffer.allocate(1000))).isEqualTo(1000);
            client.close();
            boolean[] drained = new boolean[1];
            client.onDrained(() -> {
                drained[0] = true;
                user.waiter.signal();
            });
            assertThat(user.read(server, ByteBuffer.allocate(2000))).isEqualTo(1000);
            long startNs = System.nanoTime();
            while (!client.isDrained() && System.nanoTime() - startNs < 5 * StackUser.SECOND_NS) {
                user.waiter.reset();
                stack.await(user.waiter, 10_000_000);
            }
            assertThat(client.isDrained()).isTrue();
            assertThat(drained[0]).isTrue();
        }
    }
}
