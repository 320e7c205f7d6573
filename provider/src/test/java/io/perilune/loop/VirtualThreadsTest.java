package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

@Timeout(60)
class VirtualThreadsTest {

    /** While only virtual threads wait the housekeeper drives in their place (D3), not once a millisecond only. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsAloneGetOn() throws Exception {
        int pairs = 20;
        int messages = 100;
        AtomicInteger done = new AtomicInteger();
        try (UserStack stack = StackUser.loopbackStack()) {
            UserListener listener = new StackUser(stack).listen(100);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                threads.add(startVirtual(() -> {
                    StackUser user = new StackUser(stack);
                    UserSocket socket = user.accept(listener);
                    ByteBuffer bytes = ByteBuffer.allocate(64);
                    while (user.read(socket, bytes.clear()) == 64) {
                        user.write(socket, bytes.flip());
                    }
                    socket.close();
                    done.incrementAndGet();
                }));
                threads.add(startVirtual(() -> {
                    StackUser user = new StackUser(stack);
                    UserSocket socket = user.connect(listener.localAddress());
                    for (int m = 0; m < messages; m++) {
                        user.write(socket, ByteBuffer.allocate(64));
                        if (user.read(socket, ByteBuffer.allocate(64)) != 64) {
                            throw new AssertionError("message " + m);
                        }
                    }
                    socket.close();
                    done.incrementAndGet();
                }));
            }
            for (Thread thread : threads) {
                thread.join(30_000);
            }
            assertThat(done).hasValue(2 * pairs);
        }
    }

    @Test
    void aPlatformThreadIsNotVirtual() {
        assertThat(VirtualThreads.isCurrent()).isFalse();
    }

    private static Thread startVirtual(Runnable task) throws ReflectiveOperationException {
        Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
        return (Thread) start.invoke(null, task);
    }
}
