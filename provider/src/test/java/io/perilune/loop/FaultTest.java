package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.metrics.Counter;
import io.perilune.tcp.TcpError;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of those above end where they belong. */
@Timeout(30)
class FaultTest {

    private final UserStack stack = StackUser.loopbackStack();
    private final StackUser user = new StackUser(stack);

    @AfterEach
    void close() {
        stack.close();
    }

    @Test
    void aListenerThatThrowsIsCountedAndHarmsNobody() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        server.addListener(() -> {
            throw new IllegalStateException("a test's listener throws");
        });
        assertThat(client.write(ByteBuffer.allocate(10))).isEqualTo(10);
        user.await(server, UserSocket.READABLE);
        assertThat(server.read(ByteBuffer.allocate(20))).isEqualTo(10);
        assertThat(stack.counter(Counter.UNEXPECTED_ERRORS)).isEqualTo(1);
        assertThat(server.error()).isEqualTo(TcpError.NONE);
    }

    @Test
    void aReadOnlyBufferIsRefusedBeforeAnythingIsRead() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        assertThatThrownBy(() -> client.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(client.error()).isEqualTo(TcpError.NONE);
    }

    @Test
    void optionsThatTheUserFailsToChangeLeaveTheRoleFree() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        assertThatThrownBy(() -> client.updateOptions(options -> {
                    throw new IllegalStateException("a test's change throws");
                }))
                .isInstanceOf(IllegalStateException.class);
        client.updateOptions(options -> options.keepAlive = true);
        assertThat(client.options().keepAlive).isTrue();
    }
}
