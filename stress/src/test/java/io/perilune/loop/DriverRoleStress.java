package io.perilune.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.perilune.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The meeting point of all threads: the right to touch a shard, {@link DriverRole}, from one thread to the other. A
 * wake-up that is lost leaves a thread parked for ever, which ends a test with an error. {@code RoleModel} searches
 * through what three threads may do, of which a run here sees what happens to happen.
 */
public final class DriverRoleStress {

    private DriverRoleStress() {}

    /** Two threads take it for a moment: the second gets it while it spins. */
    @JCStressTest
    @Outcome(id = "2, false", expect = ACCEPTABLE, desc = "One after the other.")
    @Outcome(expect = FORBIDDEN, desc = "Both had it at once, or one is still counted as a contender.")
    @State
    public static class TakeAgainstTake {
        final DriverRole role = new DriverRole();
        int guarded;

        @Actor
        public void one() {
            role.take();
            guarded++;
            role.leave();
        }

        @Actor
        public void other() {
            role.take();
            guarded++;
            role.leave();
        }

        @Arbiter
        public void after(IZ_Result result) {
            result.r1 = guarded;
            result.r2 = role.isWanted();
        }
    }

    /** A contender enters the queue and parks, while the holder leaves and looks into the queue. */
    @JCStressTest
    @Outcome(id = "2, false", expect = ACCEPTABLE, desc = "One after the other.")
    @Outcome(expect = FORBIDDEN, desc = "Both had it at once, or one is still counted as a contender.")
    @State
    public static class ParkingAgainstLeaving {
        final DriverRole role = new DriverRole();
        final int pause = Pause.next(1024);
        int guarded;

        @Actor
        public void one() {
            role.take();
            guarded++;
            Pause.of(pause);
            role.leave();
        }

        @Actor
        public void other() {
            role.take();
            guarded++;
            Pause.of(pause);
            role.leave();
        }

        @Arbiter
        public void after(IZ_Result result) {
            result.r1 = guarded;
            result.r2 = role.isWanted();
        }
    }

    /** A leader gives way between its turns, to a contender that spins, is about to park, or has parked. */
    @JCStressTest
    @Outcome(id = "2, false", expect = ACCEPTABLE, desc = "It had the role, and the leader has it again.")
    @Outcome(expect = FORBIDDEN, desc = "Both had it at once, the contender never, or it is counted still.")
    @State
    public static class GivingWay {
        final DriverRole role = new DriverRole();
        final int pause = Pause.next(1024);
        final long startNs = System.nanoTime();
        volatile boolean had;
        int guarded;

        @Actor
        public void leader() {
            role.take();
            guarded++;
            while (!had && Pause.isSoonAfter(startNs)) {
                Pause.of(pause);
                if (role.isWanted()) {
                    role.giveWay();
                }
            }
            role.leave();
        }

        @Actor
        public void contender() {
            role.take();
            guarded++;
            had = true;
            role.leave();
        }

        @Arbiter
        public void after(IZ_Result result) {
            result.r1 = had ? guarded : -1;
            result.r2 = role.isWanted();
        }
    }

    /** A thread that takes the role again as soon as it has left it, against one that was woken in vain: it asks. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "It was handed over.")
    @Outcome(expect = FORBIDDEN, desc = "The parked one starved, or is counted still.")
    @State
    public static class HandOver {
        final DriverRole role = new DriverRole();
        final int pause = Pause.next(2048);
        final long startNs = System.nanoTime();
        volatile boolean had;
        boolean inTime;

        @Actor
        public void greedy() {
            while (!had && Pause.isSoonAfter(startNs)) {
                role.take();
                Pause.of(pause);
                role.leave();
            }
        }

        @Actor
        public void contender() {
            role.take();
            had = true;
            inTime = Pause.isSoonAfter(startNs);
            role.leave();
        }

        @Arbiter
        public void after(ZZ_Result result) {
            result.r1 = inTime;
            result.r2 = role.isWanted();
        }
    }

    /** A holder leaves work to the next if somebody wants the role: who counts as a contender has it next. */
    @JCStressTest
    @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "Who left nothing has done all.")
    @Outcome(expect = FORBIDDEN, desc = "Work was left, and nobody came.")
    @State
    public static class WorkLeftToTheNext {
        final DriverRole role = new DriverRole();
        final int pause = Pause.next(600);
        boolean left;

        @Actor
        public void one() {
            operate();
        }

        @Actor
        public void other() {
            operate();
        }

        private void operate() {
            role.take();
            Pause.of(pause);
            left = role.isWanted(); // else all is done, what was left before, too
            role.leave();
        }

        @Arbiter
        public void after(ZZ_Result result) {
            result.r1 = left;
            result.r2 = role.isWanted();
        }
    }

    /** An interrupt comes while a thread waits for the role, before or after. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "It waits on, and the interrupt is still to be seen.")
    @Outcome(expect = FORBIDDEN, desc = "The interrupt is lost, or both had the role at once.")
    @State
    public static class Interrupt {
        final DriverRole role = new DriverRole();
        final int pause = Pause.next(1024);
        volatile Thread waiting;
        volatile boolean sent;
        boolean kept;
        boolean inUse;
        boolean both;

        @Actor
        public void interrupts() {
            role.take();
            inUse = true;
            while (waiting == null) {
                Thread.onSpinWait();
            }
            Pause.of(pause);
            waiting.interrupt();
            sent = true;
            inUse = false;
            role.leave();
        }

        @Actor
        public void waits() {
            waiting = Thread.currentThread();
            role.take();
            both = inUse;
            role.leave();
            while (!sent) {
                Thread.onSpinWait();
            }
            kept = Thread.interrupted();
        }

        @Arbiter
        public void after(ZZ_Result result) {
            result.r1 = kept;
            result.r2 = both;
        }
    }
}
