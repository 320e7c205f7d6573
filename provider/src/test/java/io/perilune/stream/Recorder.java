package io.perilune.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.zerocopy.PacketBytes;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A handler that tells a test what it is called with, and releases what it gets. */
class Recorder implements StreamHandler {

    static final String NO_CAUSE = "closed";

    final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    final AtomicInteger bytes = new AtomicInteger();
    volatile Stream stream;
    volatile Thread thread;
    volatile Throwable cause;

    @Override
    public void opened(Stream opened) {
        stream = opened;
        thread = Thread.currentThread();
        calls.add("opened");
    }

    @Override
    public void data(Stream from, PacketBytes received) {
        calls.add("data " + text(received));
        bytes.addAndGet(received.remaining());
        received.release();
    }

    @Override
    public void writable(Stream again) {
        calls.add("writable");
    }

    @Override
    public void ended(Stream by) {
        calls.add("ended");
        by.close();
    }

    @Override
    public void closed(Stream over, Throwable why) {
        cause = why;
        calls.add(why == null ? NO_CAUSE : NO_CAUSE + " " + why);
    }

    static String text(PacketBytes bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.buffer().get(bytes.buffer().position(), copy);
        return new String(copy, StandardCharsets.ISO_8859_1);
    }

    /** Waits for the next call. */
    String next() throws InterruptedException {
        String call = calls.poll(10, TimeUnit.SECONDS);
        assertThat(call).as("a call within ten seconds").isNotNull();
        return call;
    }

    /** Waits until a call comes that begins so. */
    String until(String beginning) throws InterruptedException {
        String call = next();
        while (!call.startsWith(beginning)) {
            call = next();
        }
        return call;
    }
}
