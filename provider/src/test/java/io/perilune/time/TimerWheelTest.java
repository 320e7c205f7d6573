package io.perilune.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {

    private static final long TICK = TimerWheel.TICK_NS;
    private static final long ROUND = 1024 * TICK;

    private final List<Alarm> fired = new ArrayList<>();

    @Test
    void aTimerFiresOnceAndNotBeforeItsDeadline() {
        TimerWheel wheel = new TimerWheel(0);
        Alarm alarm = new Alarm();
        wheel.arm(alarm, 5 * TICK + 1);
        assertThat(wheel.advance(5 * TICK)).isZero();
        assertThat(alarm.isArmed()).isTrue();
        assertThat(wheel.advance(6 * TICK)).isEqualTo(1);
        assertThat(alarm.isArmed()).isFalse();
        assertThat(wheel.advance(5000 * TICK)).isZero();
    }

    @Test
    void aDeadlineInThePastFiresAtTheNextTick() {
        TimerWheel wheel = new TimerWheel(100 * TICK);
        wheel.arm(new Alarm(), 3 * TICK);
        assertThat(wheel.nextDeadlineNs()).isEqualTo(101 * TICK);
        assertThat(wheel.advance(101 * TICK)).isEqualTo(1);
    }

    @Test
    void aTimerRoundsAwayWaitsForItsRound() {
        TimerWheel wheel = new TimerWheel(0);
        wheel.arm(new Alarm(), 3 * ROUND + 7 * TICK);
        for (long tick = 1; tick < 3 * 1024 + 7; tick++) {
            assertThat(wheel.advance(tick * TICK)).isZero();
        }
        assertThat(wheel.advance(3 * ROUND + 7 * TICK)).isEqualTo(1);
    }

    @Test
    void aJumpOverManyRoundsFiresAllThatIsDueAndNothingElse() {
        TimerWheel wheel = new TimerWheel(0);
        Alarm late = new Alarm();
        wheel.arm(new Alarm(), TICK);
        wheel.arm(new Alarm(), ROUND + TICK);
        wheel.arm(late, 20 * ROUND);
        assertThat(wheel.advance(10 * ROUND + 5)).isEqualTo(2);
        assertThat(late.isArmed()).isTrue();
        assertThat(wheel.advance(20 * ROUND)).isEqualTo(1);
    }

    @Test
    void aTimerMayArmItselfAgainWhenItFires() {
        TimerWheel wheel = new TimerWheel(0);
        Alarm alarm = new Alarm();
        alarm.action = nowNs -> wheel.arm(alarm, nowNs + 2 * TICK);
        wheel.arm(alarm, TICK);
        for (int tick = 1; tick <= 9; tick++) {
            wheel.advance(tick * TICK);
        }
        assertThat(alarm.firedAtNs).containsExactly(TICK, 3 * TICK, 5 * TICK, 7 * TICK, 9 * TICK);
    }

    @Test
    void aTimerMayCancelItsNeighborsInTheSlotWhenItFires() {
        for (int canceller = 0; canceller < 3; canceller++) {
            TimerWheel wheel = new TimerWheel(0);
            Alarm[] alarms = {new Alarm(), new Alarm(), new Alarm()};
            for (Alarm alarm : alarms) {
                alarm.action = nowNs -> {
                    for (Alarm other : alarms) {
                        wheel.cancel(other);
                    }
                };
                wheel.arm(alarm, TICK);
            }
            // Whichever comes first cancels the others, so exactly one fires.
            assertThat(wheel.advance(TICK)).isEqualTo(1);
            assertThat(wheel.armedCount()).isZero();
            assertThat(wheel.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void theNextDeadlineIsNeverLaterThanATickBehindTheFirst() {
        TimerWheel wheel = new TimerWheel(0);
        assertThat(wheel.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
        Alarm alarm = new Alarm();
        for (long deadline : new long[] {1, TICK, TICK + 1, 63 * TICK, 64 * TICK, 1000 * TICK, ROUND, ROUND + TICK}) {
            wheel.arm(alarm, deadline);
            assertThat(wheel.nextDeadlineNs() - deadline).isLessThan(TICK);
            assertThat(wheel.nextDeadlineNs()).isPositive();
        }
    }

    @Test
    void aFarawayDeadlineNeverFiresAndDoesNoHarm() {
        TimerWheel wheel = new TimerWheel(0);
        wheel.arm(new Alarm(), Long.MAX_VALUE);
        assertThat(wheel.advance(1000 * ROUND)).isZero();
        assertThat(wheel.armedCount()).isEqualTo(1);
    }

    @Test
    void theClockMayWrap() {
        long start = Long.MAX_VALUE - 3 * TICK;
        TimerWheel wheel = new TimerWheel(start);
        Alarm alarm = new Alarm();
        wheel.arm(alarm, start + 10 * TICK);
        for (int tick = 1; tick < 10; tick++) {
            assertThat(wheel.advance(start + tick * TICK)).isZero();
        }
        assertThat(wheel.nextDeadlineNs() - (start + 10 * TICK)).isBetween(0L, TICK);
        assertThat(wheel.advance(start + 11 * TICK)).isEqualTo(1);
        wheel.arm(alarm, start + 12 * TICK);
        assertThat(wheel.advance(start + 13 * TICK)).isEqualTo(1);
    }

    /** The model: a list of deadlines, looked through at each step. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261122})
    void randomUseAgreesWithAPlainList(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long nowNs = seed == 3 ? Long.MAX_VALUE - 50 * ROUND : random.nextLong(ROUND);
        TimerWheel wheel = new TimerWheel(nowNs);
        List<Alarm> alarms = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            alarms.add(new Alarm());
        }
        for (int step = 0; step < 20_000; step++) {
            Alarm alarm = alarms.get(random.nextInt(alarms.size()));
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    long deadlineNs = nowNs + random.nextLong(1L << random.nextInt(1, 33)) - TICK;
                    wheel.arm(alarm, deadlineNs);
                    alarm.expectedNs = Math.max(deadlineNs - nowNs, 0) + nowNs;
                }
                case 2 -> wheel.cancel(alarm);
                default -> {
                    nowNs += random.nextLong(1L << random.nextInt(1, 32));
                    assertAdvanceFiresWhatIsDue(wheel, alarms, nowNs, seed);
                }
            }
        }
    }

    private void assertAdvanceFiresWhatIsDue(TimerWheel wheel, List<Alarm> alarms, long nowNs, long seed) {
        int due = 0;
        int mayBeDue = 0;
        for (Alarm alarm : alarms) {
            if (alarm.isArmed()) {
                long overdueNs = nowNs - alarm.expectedNs;
                // Certain when two ticks have begun since; possible from the deadline on.
                due += overdueNs >= 2 * TICK ? 1 : 0;
                mayBeDue += overdueNs >= 0 ? 1 : 0;
            }
        }
        long nextNs = wheel.nextDeadlineNs();
        fired.clear();
        int count = wheel.advance(nowNs);
        assertThat(count).as("seed %d", seed).isEqualTo(fired.size()).isBetween(due, mayBeDue);
        if (count > 0) {
            assertThat(nextNs - nowNs)
                    .as("seed %d: nextDeadlineNs was too late", seed)
                    .isLessThanOrEqualTo(0);
        }
        for (Alarm alarm : fired) {
            assertThat(alarm.deadlineNs() - nowNs).as("seed %d: early", seed).isLessThanOrEqualTo(0);
        }
        int armed = 0;
        for (Alarm alarm : alarms) {
            armed += alarm.isArmed() ? 1 : 0;
        }
        assertThat(wheel.armedCount()).isEqualTo(armed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void timersThatArmAndCancelOthersWhenTheyFireKeepTheWheelWhole(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TimerWheel wheel = new TimerWheel(0);
        List<Alarm> alarms = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Alarm alarm = new Alarm();
            alarm.action = nowNs -> {
                assertThat(alarm.deadlineNs() - nowNs).isLessThanOrEqualTo(0);
                assertThat(alarm.isArmed()).isFalse();
                Alarm other = alarms.get(random.nextInt(alarms.size()));
                if (random.nextBoolean()) {
                    wheel.cancel(other);
                } else {
                    wheel.arm(other, nowNs + random.nextLong(4 * TICK) - TICK);
                }
                wheel.arm(alarm, nowNs + random.nextLong(100 * TICK));
            };
            alarms.add(alarm);
            wheel.arm(alarm, random.nextLong(10 * TICK));
        }
        for (long nowNs = 0; nowNs < 3000 * TICK; nowNs += random.nextLong(3 * TICK)) {
            wheel.advance(nowNs);
            int armed = 0;
            for (Alarm alarm : alarms) {
                armed += alarm.isArmed() ? 1 : 0;
                assertThat(!alarm.isArmed() || nowNs - alarm.deadlineNs() < 2 * TICK)
                        .as("seed %d: a timer was forgotten", seed)
                        .isTrue();
            }
            assertThat(wheel.armedCount()).as("seed %d", seed).isEqualTo(armed);
        }
        assertThat(fired).hasSizeGreaterThan(1000);
    }

    @Test
    void aBucketAllowsSoManyAtOnceAndSoManyASecond() {
        TokenBucket bucket = new TokenBucket(10, 3, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(bucket.take(0)).isTrue();
        }
        assertThat(bucket.take(99_999_999)).isFalse();
        assertThat(bucket.take(100_000_000)).isTrue();
        assertThat(bucket.take(100_000_000)).isFalse();
        int allowed = 0;
        for (long nowNs = 10_000_000_000L; nowNs < 20_000_000_000L; nowNs += 1_000_000) {
            allowed += bucket.take(nowNs) ? 1 : 0;
        }
        assertThat(allowed).isBetween(102, 103);
    }

    private interface Action {
        void run(long nowNs);
    }

    private final class Alarm extends Timer {
        private final List<Long> firedAtNs = new ArrayList<>();
        private Action action = nowNs -> {};
        private long expectedNs;

        @Override
        protected void onTimer(long nowNs) {
            firedAtNs.add(nowNs);
            fired.add(this);
            action.run(nowNs);
        }
    }
}
