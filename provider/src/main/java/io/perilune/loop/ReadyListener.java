package io.perilune.loop;

/** Who wants to know that a socket became ready for more: a selection key, a thread that waits. */
public interface ReadyListener {

    /**
     * The socket's {@code readyOps()} gained bits. Called by the shard's driver (any thread may be that), inside the
     * turn: must be quick, must not block, must not call back into the socket but for {@code readyOps()}.
     */
    void onReady();
}
