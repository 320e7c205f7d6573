package io.perilune.channels.asynchronous;

/**
 * Says that a thread is at present one of a group's pooled threads, and how many completion handlers are on its stack.
 * Used by that thread alone.
 */
final class PoolThread {

    /** How many handlers may be called by one another's operations: a stack is finite. The JDK has the same bound. */
    private static final int HANDLERS_MAX = 16;

    private static final ThreadLocal<PoolThread> CURRENT = new ThreadLocal<>();

    private final PeriluneAsynchronousChannelGroup group;
    private int handlers;

    private PoolThread(PeriluneAsynchronousChannelGroup group) {
        this.group = group;
    }

    /** Runs a task as one of the group's pooled threads. */
    static void run(PeriluneAsynchronousChannelGroup group, Runnable task) {
        PoolThread before = CURRENT.get();
        CURRENT.set(new PoolThread(group));
        try {
            task.run();
        } finally {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }

    /** Calls a handler here if the thread is one of the group's and its stack allows it. Returns whether it was. */
    static boolean call(PeriluneAsynchronousChannelGroup group, Runnable handlerCall) {
        PoolThread current = CURRENT.get();
        if (current == null || current.group != group || current.handlers == HANDLERS_MAX) {
            return false;
        }
        current.handlers++;
        try {
            handlerCall.run();
        } finally {
            current.handlers--;
            // An interrupt was meant for the handler: the next one, or a selection, must not meet it.
            Thread.interrupted();
        }
        return true;
    }
}
