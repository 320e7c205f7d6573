package io.perilune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.config.Settings;
import io.perilune.link.Burst;
import io.perilune.link.Link;
import io.perilune.link.LoopbackLink;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkWrappersTest {

    private static final int FRAMES = 1000;
    private static final int FRAME_LENGTH = 60;

    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(256)));
    private final LoopbackLink loopback = new LoopbackLink(pool, 0x02_00_5E_10_00_01L, 1500);

    @TempDir
    Path directory;

    @AfterEach
    void noBufferIsLeaked() {
        assertThat(pool.lentCount()).isZero();
    }

    private Link wrap(String... setting) throws IOException {
        return LinkWrappers.wrap(
                setting.length == 0 ? Settings.defaults() : Settings.of(Map.of(setting[0], setting[1])), loopback);
    }

    /** Sends frames through a link that gives back what is sent, and returns how many come. */
    private int exchange(Link link, int count) {
        int received = 0;
        Burst burst = new Burst();
        for (int i = 0; i < count; i++) {
            PacketBuffer frame = pool.allocate();
            int at = frame.append(FRAME_LENGTH);
            for (int j = 0; j < FRAME_LENGTH; j++) {
                frame.bytes().put(at + j, (byte) 0);
            }
            burst.add(frame, 0);
            link.queue(0).txBurst(burst);
            received += link.queue(0).rxBurst(burst);
            for (int j = 0; j < burst.count(); j++) {
                burst.frame(j).release();
            }
            burst.clear();
        }
        return received;
    }

    @Test
    void nothingIsInTheWayUnlessAskedFor() throws IOException {
        assertThat(wrap()).isSameAs(loopback);
        loopback.close();
    }

    /** Any thread of the program drives, also one that has been interrupted: its business is not the capture's. */
    @Test
    void anInterruptedThreadDoesNotEndTheCapture() throws IOException {
        Path file = directory.resolve("interrupted.pcap");
        Link link = wrap("pcap", file.toString());
        Thread.currentThread().interrupt();
        try {
            assertThat(exchange(link, 3)).isEqualTo(3);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        link.close();
        assertThat(Files.size(file)).isEqualTo(24 + 2 * 3 * (16 + FRAME_LENGTH));
    }

    @Test
    void theBadPathIsBadInBothDirections() throws IOException {
        Link link = wrap("impair", "loss=0.5,seed=1");
        // Half of them there, half of those back.
        assertThat(exchange(link, FRAMES)).isBetween(FRAMES / 4 - FRAMES / 20, FRAMES / 4 + FRAMES / 20);
        link.close();
    }

    @Test
    void theSameSeedLosesTheSameFrames() throws IOException {
        assertThat(exchange(wrap("impair", "loss=0.1,seed=7"), FRAMES))
                .isEqualTo(exchange(wrap("impair", "loss=0.1,seed=7"), FRAMES))
                .isNotEqualTo(FRAMES);
        loopback.close();
    }

    @Test
    void eachPartOfTheBadPathIsRead() throws IOException {
        Link link = wrap(
                "impair", "loss=0,duplicate=1,corrupt=.5,reorder=0.1,reorder-delay=1ms,delay=1s,jitter=1us,seed=3");
        // Nothing comes before its delay is over.
        assertThat(exchange(link, 3)).isZero();
        link.close();
    }

    @Test
    void theCaptureHasEachFrameTwice() throws IOException {
        Path file = directory.resolve("capture");
        Link link = wrap("pcap", file.toString());
        assertThat(exchange(link, 5)).isEqualTo(5);
        link.close();
        assertThat(file).hasSize(24 + 10 * (16 + FRAME_LENGTH));
    }

    @Test
    void aCaptureThatCannotBeWrittenNamesTheSetting() {
        String file = directory.resolve("no/capture").toString();
        assertThatThrownBy(() -> wrap("pcap", file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("perilune.pcap=" + file + " cannot be written");
    }

    @Test
    void theTraceIsOnStandardError() throws IOException {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            Link link = wrap("trace", "true");
            exchange(link, 1);
            link.close();
        } finally {
            System.setErr(before);
        }
        assertThat(written.toString(StandardCharsets.UTF_8).lines()).hasSize(2);
    }

    @Test
    void aBadPathThatCannotBeIsRefused() {
        for (String text : List.of("loss=2", "loss=0.5;delay=1ms", "speed=1", "delay=5", "loss=", "loss=0.1,", ",")) {
            assertThatThrownBy(() -> wrap("impair", text))
                    .hasMessageContaining("perilune.impair=" + text)
                    .hasMessageContaining("it takes a list of loss, duplicate");
        }
        loopback.close();
    }
}
