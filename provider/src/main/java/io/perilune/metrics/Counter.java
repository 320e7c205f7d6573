package io.perilune.metrics;

import java.util.Locale;

/** Everything that is counted, each with one sentence. A dropped frame always has a counter of its own kind. */
public enum Counter {
    RX_FRAMES("frames received from the link"),
    RX_BYTES("bytes of the frames received from the link"),
    TX_FRAMES("frames that the link took to send"),
    TX_BYTES("bytes of the frames that the link took to send"),
    DROP_TX_QUEUE_FULL("frames not sent because the link's queue stayed full"),
    DROP_NO_BUFFER("frames not sent because the pool had no free buffer");

    private final String sentence;

    Counter(String sentence) {
        this.sentence = sentence;
    }

    /** Returns what is counted, as one sentence. */
    public String sentence() {
        return sentence;
    }

    /** Returns the name that reports print: lower case with dots, as {@code rx.frames}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
