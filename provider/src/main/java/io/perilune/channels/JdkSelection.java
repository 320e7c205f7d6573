package io.perilune.channels;

import io.perilune.loop.ReadyListener;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A channel's part in the JDK's own Selectors, which know nothing but descriptors of the kernel. There are such where an
 * agent came when the program had its Selectors already; a channel of ours that is registered there is asked as the JDK's
 * are, by the methods of sun.nio.ch.SelChImpl.
 *
 * <p>A socket of the kernel answers for itself. One in user space has a pipe there, whose end can be read while the
 * socket is ready for something that a key is interested in.
 *
 * <p>Any thread.
 */
abstract class JdkSelection {

    /** poll(2)'s event of what can be read. */
    private static final int POLLIN = 1;

    /** Of a socket of the kernel. */
    static JdkSelection ofKernel(SocketChannel kernel) {
        return new Kernel(kernel);
    }

    /**
     * Of a socket in user space; it must be told when that becomes ready, see {@link #listener}.
     *
     * @throws IOException if there is no pipe
     */
    static JdkSelection ofUser(PeriluneSocketChannel channel, SelectorProvider kernel) throws IOException {
        return new User(channel, kernel.openPipe());
    }

    abstract FileDescriptor descriptor();

    abstract int descriptorNumber();

    /** Takes a key's new interest; returns the events that epoll is to wait for. */
    abstract int interest(int ops);

    /**
     * Tells a key what is ready.
     *
     * @param events what epoll has seen
     * @param set whether this replaces what it was told before
     * @return whether there is something new in it
     */
    abstract boolean tell(SelectionKey key, int events, boolean set);

    /** Returns what a socket in user space tells of its readiness, or null. */
    abstract ReadyListener listener();

    /** Gives back what it holds; the channel is in no Selector any more. */
    abstract void close() throws IOException;

    private static final class Kernel extends JdkSelection {

        private final SocketChannel kernel;

        Kernel(SocketChannel kernel) {
            this.kernel = kernel;
        }

        @Override
        FileDescriptor descriptor() {
            return Jdk.descriptor(kernel);
        }

        @Override
        int descriptorNumber() {
            return Jdk.descriptorNumber(kernel);
        }

        @Override
        int interest(int ops) {
            return Jdk.interest(kernel, ops);
        }

        @Override
        boolean tell(SelectionKey key, int events, boolean set) {
            return Jdk.tell(kernel, key, events, set);
        }

        @Override
        ReadyListener listener() {
            return null;
        }

        @Override
        void close() {}
    }

    private static final class User extends JdkSelection implements ReadyListener {

        private final PeriluneSocketChannel channel;
        private final Pipe pipe;
        private final AtomicBoolean signalled = new AtomicBoolean();

        /** What at least one key is interested in. */
        private volatile int interest;

        User(PeriluneSocketChannel channel, Pipe pipe) throws IOException {
            this.channel = channel;
            this.pipe = pipe;
            pipe.source().configureBlocking(false);
            pipe.sink().configureBlocking(false);
        }

        @Override
        FileDescriptor descriptor() {
            return Jdk.descriptor(pipe.source());
        }

        @Override
        int descriptorNumber() {
            return Jdk.descriptorNumber(pipe.source());
        }

        @Override
        int interest(int ops) {
            int[] all = {ops};
            Jdk.forEachKey(channel, key -> {
                if (key.isValid()) {
                    all[0] |= Jdk.interest(key);
                }
            });
            interest = all[0];
            onReady();
            return ops == 0 ? 0 : POLLIN;
        }

        @Override
        public void onReady() {
            if ((channel.userReadyOps() & interest) != 0 && signalled.compareAndSet(false, true)) {
                try {
                    pipe.sink().write(ByteBuffer.allocate(1));
                } catch (IOException e) {
                    // The channel is being closed: no Selector asks for it any more.
                    assert !channel.isOpen() : e;
                }
            }
        }

        @Override
        boolean tell(SelectionKey key, int events, boolean set) {
            int ready = channel.userReadyOps();
            if ((ready & interest) == 0) {
                drain();
                onReady(); // it may have become ready between
                ready = channel.userReadyOps();
            }
            int before = Jdk.ready(key);
            int now = (set ? 0 : before) | (ready & Jdk.interest(key));
            Jdk.ready(key, now);
            return (now & ~before) != 0;
        }

        private void drain() {
            try {
                if (signalled.get() && pipe.source().read(ByteBuffer.allocate(1)) > 0) {
                    signalled.set(false);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        ReadyListener listener() {
            return this;
        }

        @Override
        void close() throws IOException {
            pipe.source().close();
            pipe.sink().close();
        }
    }

    /** Methods of sun.nio.ch, which the agent has opened to us. */
    private static final class Jdk {

        private static final Class<?> KEY;
        private static final MethodHandle DESCRIPTOR;
        private static final MethodHandle DESCRIPTOR_NUMBER;
        private static final MethodHandle TRANSLATE_INTEREST;
        private static final MethodHandle SET_READY;
        private static final MethodHandle UPDATE_READY;
        private static final MethodHandle KEY_INTEREST;
        private static final MethodHandle KEY_READY;
        private static final MethodHandle SET_KEY_READY;
        private static final MethodHandle FOR_EACH_KEY;

        static {
            try {
                Class<?> channel = Class.forName("sun.nio.ch.SelChImpl", false, null);
                Class<?> key = Class.forName("sun.nio.ch.SelectionKeyImpl", false, null);
                MethodHandles.Lookup inside = MethodHandles.privateLookupIn(channel, MethodHandles.lookup());
                MethodType readyOps = MethodType.methodType(boolean.class, int.class, key);
                DESCRIPTOR = find(inside, channel, "getFD", MethodType.methodType(FileDescriptor.class));
                DESCRIPTOR_NUMBER = find(inside, channel, "getFDVal", MethodType.methodType(int.class));
                TRANSLATE_INTEREST =
                        find(inside, channel, "translateInterestOps", MethodType.methodType(int.class, int.class));
                SET_READY = find(inside, channel, "translateAndSetReadyOps", readyOps);
                UPDATE_READY = find(inside, channel, "translateAndUpdateReadyOps", readyOps);
                KEY_INTEREST = find(inside, key, "nioInterestOps", MethodType.methodType(int.class));
                KEY_READY = find(inside, key, "nioReadyOps", MethodType.methodType(int.class));
                SET_KEY_READY = find(inside, key, "nioReadyOps", MethodType.methodType(void.class, int.class));
                FOR_EACH_KEY = find(
                        MethodHandles.privateLookupIn(AbstractSelectableChannel.class, MethodHandles.lookup()),
                        AbstractSelectableChannel.class,
                        "forEach",
                        MethodType.methodType(void.class, Consumer.class));
                KEY = key;
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the JDK's Selectors are not as expected: " + e, e);
            }
        }

        /** As called with the types that the rest of this file knows. */
        private static MethodHandle find(MethodHandles.Lookup lookup, Class<?> type, String name, MethodType is)
                throws ReflectiveOperationException {
            MethodHandle found = lookup.findVirtual(type, name, is);
            return found.asType(found.type().generic());
        }

        static FileDescriptor descriptor(Object channel) {
            return (FileDescriptor) call(DESCRIPTOR, channel);
        }

        static int descriptorNumber(Object channel) {
            return (Integer) call(DESCRIPTOR_NUMBER, channel);
        }

        static int interest(Object channel, int ops) {
            return (Integer) call(TRANSLATE_INTEREST, channel, ops);
        }

        static boolean tell(Object channel, SelectionKey key, int events, boolean set) {
            return (Boolean) call(set ? SET_READY : UPDATE_READY, channel, events, key);
        }

        static int interest(SelectionKey key) {
            return KEY.isInstance(key) ? (Integer) call(KEY_INTEREST, key) : 0; // else it is in a Selector of ours
        }

        static int ready(SelectionKey key) {
            return (Integer) call(KEY_READY, key);
        }

        static void ready(SelectionKey key, int ops) {
            call(SET_KEY_READY, key, ops);
        }

        static void forEachKey(AbstractSelectableChannel channel, Consumer<SelectionKey> action) {
            call(FOR_EACH_KEY, channel, action);
        }

        private static Object call(MethodHandle method, Object one) {
            try {
                return method.invokeExact(one);
            } catch (Throwable e) {
                throw thrown(e);
            }
        }

        private static Object call(MethodHandle method, Object one, Object two) {
            try {
                return method.invokeExact(one, two);
            } catch (Throwable e) {
                throw thrown(e);
            }
        }

        private static Object call(MethodHandle method, Object one, Object two, Object three) {
            try {
                return method.invokeExact(one, two, three);
            } catch (Throwable e) {
                throw thrown(e);
            }
        }

        private static RuntimeException thrown(Throwable e) {
            if (e instanceof RuntimeException) {
                return (RuntimeException) e;
            }
            if (e instanceof Error) {
                throw (Error) e;
            }
            return new IllegalStateException(e); // these methods declare none
        }
    }
}
