package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.link.Sleeper;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WaiterTest {

    private static final int ROUNDS = 300_000;

    private static final class Kernel implements Companion {
        @Override
        public int descriptor() {
            return Sleeper.NO_DESCRIPTOR;
        }

        @Override
        public boolean poll() {
            return false;
        }

        @Override
        public void block(long timeoutNs) {}

        @Override
        public void wakeup() {}
    }

    private static Throwable wokenWhile(Waiter waiter, Runnable changes) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread waking = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                waiter.wake();
            }
        });
        waking.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
        waking.start();
        for (int i = 0; i < ROUNDS && waking.isAlive(); i++) {
            changes.run();
        }
        waking.interrupt();
        waking.join();
        return failure.get();
    }

    @Test
    @Timeout(20)
    void whoWakesMayComeWhenTheOwnerHasGoneOnToAWaitOfAnotherKind() throws Exception {
        Waiter waiter = new Waiter(null);
        Sleeper sleeper = new ParkingSleeper();
        Throwable failure = wokenWhile(waiter, () -> {
            waiter.announce(Waiter.IN_SLEEPER, sleeper);
            waiter.rise();
            waiter.announce(Waiter.PARKED, null);
            waiter.rise();
        });
        assertThat(failure).isNull();
    }

    @Test
    @Timeout(20)
    void whoWakesMayComeWhenTheOwnerHasDoneWithItsCompanion() throws Exception {
        Waiter waiter = new Waiter(null);
        Companion kernel = new Kernel();
        Throwable failure = wokenWhile(waiter, () -> {
            waiter.companion(kernel);
            waiter.announce(Waiter.IN_COMPANION, null);
            waiter.rise();
            waiter.companion(null);
        });
        assertThat(failure).isNull();
    }
}
