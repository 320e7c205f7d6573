package io.perilune.channels.asynchronous;

import java.io.Closeable;

/** What a group and its operations know of a channel. Any thread. */
interface GroupChannel extends Closeable {

    /** Returns the group it is bound to. */
    PeriluneAsynchronousChannelGroup group();

    /** Returns what waits for its readiness. */
    ChannelWatch watch();
}
