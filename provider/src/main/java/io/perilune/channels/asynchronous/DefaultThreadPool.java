package io.perilune.channels.asynchronous;

import io.perilune.config.Privileged;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/** The pool of the default group, by the system properties that the javadoc of AsynchronousChannelGroup names. */
record DefaultThreadPool(ExecutorService executor, int initialSize) {

    private static final String FACTORY = "java.nio.channels.DefaultThreadPool.threadFactory";
    private static final String INITIAL_SIZE = "java.nio.channels.DefaultThreadPool.initialSize";

    /**
     * Returns the pool.
     *
     * @throws Error if a property has a value that it cannot have, as the javadoc asks
     */
    static DefaultThreadPool ofTheSystemProperties() {
        return Privileged.get(
                () -> new DefaultThreadPool(Executors.newCachedThreadPool(threadFactory()), initialSizeOfProperty()));
    }

    private static ThreadFactory threadFactory() {
        String name = System.getProperty(FACTORY);
        if (name == null) {
            return DefaultThreadPool::daemon;
        }
        try {
            return Class.forName(name, true, ClassLoader.getSystemClassLoader())
                    .asSubclass(ThreadFactory.class)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new Error("Value of property '" + FACTORY + "' is invalid: " + name, e);
        }
    }

    private static Thread daemon(Runnable task) {
        return Privileged.get(() -> {
            Thread thread = new Thread(null, task, "perilune-asynchronous-pool", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
            return thread;
        });
    }

    private static int initialSizeOfProperty() {
        String value = System.getProperty(INITIAL_SIZE);
        if (value == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new Error("Value of property '" + INITIAL_SIZE + "' is invalid: " + value, e);
        }
    }
}
