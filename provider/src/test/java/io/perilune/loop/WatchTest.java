package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.metrics.Counter;
import io.perilune.metrics.DegradationLog;
import io.perilune.metrics.ErrorLog;
import io.perilune.time.SystemClock;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the log of a running stack says. */
@Timeout(30)
class WatchTest {

    private final Logger logger = Logger.getLogger("io.perilune");
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            messages.add(entry.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void listenNoMore() {
        logger.setUseParentHandlers(true);
        logger.removeHandler(handler);
    }

    @Test
    void aStackSaysThatItsLinkIsDown() throws Exception {
        WireLink link = WireLink.pair(true)[0];
        link.up = false;
        UserStack stack = UserStack.start(Settings.of(Map.of("address", "198.18.0.2/24")), link);
        try {
            assertThat(messages.poll(10, TimeUnit.SECONDS)).contains("the link wire 1 is down");
        } finally {
            stack.close();
        }
        assertThat(link.misuse).isNull();
    }

    /** A link is down when it has been closed: that is nobody's trouble. */
    @Test
    void aStackThatIsClosedSaysNothing() {
        WireLink link = WireLink.pair(true)[0];
        link.up = false;
        Watch watch = new Watch(link, new DegradationLog(counter -> 0), SystemClock.INSTANCE, new ErrorLog());
        watch.stop();
        watch.look();
        assertThat(messages).isEmpty();
    }

    @Test
    void cookiesThatASettingAsksForAreNoTrouble() {
        Settings always = Settings.of(Map.of("tcp.syn-cookies", "always"));
        assertThat(Watch.worthTelling(always, counter -> 7).applyAsLong(Counter.TCP_SYN_COOKIES_SENT))
                .isZero();
        assertThat(Watch.worthTelling(always, counter -> 7).applyAsLong(Counter.TCP_ORPHANS_ABORTED))
                .isEqualTo(7);
        assertThat(Watch.worthTelling(Settings.defaults(), counter -> 7).applyAsLong(Counter.TCP_SYN_COOKIES_SENT))
                .isEqualTo(7);
    }

    /** With {@code tcp.msl=0s} no connection enters TIME-WAIT, and not because there are too many. */
    @Test
    void noTimeWaitWhereNoneIsWantedIsNoTrouble() throws Exception {
        try (UserStack stack = StackUser.loopbackStack("tcp.msl", "0s")) {
            StackUser user = new StackUser(stack);
            UserListener listener = user.listen(10);
            UserSocket client = user.connect(listener.localAddress());
            UserSocket server = user.accept(listener);
            client.close();
            user.await(server, UserSocket.READABLE);
            server.close();
            assertThat(stack.drain(5 * StackUser.SECOND_NS)).isTrue();
            assertThat(stack.counter(Counter.TCP_TIME_WAIT_OVERFLOWS)).isZero();
        }
    }

    /** The log is foreign code: what it throws is recorded, and the next look comes. */
    @Test
    void aLogThatThrowsDoesNotEndTheWatch() {
        int[] looks = new int[1];
        DegradationLog log = new DegradationLog(counter -> {
            looks[0]++;
            throw new IllegalStateException("a test's counters throw");
        });
        ErrorLog errors = new ErrorLog();
        Watch watch = new Watch(null, log, SystemClock.INSTANCE, errors);
        for (int i = 0; i < 2; i++) {
            watch.look();
        }
        assertThat(looks[0]).isEqualTo(2);
        assertThat(messages).hasSize(1).allMatch(message -> message.contains("the watch"));
    }
}
