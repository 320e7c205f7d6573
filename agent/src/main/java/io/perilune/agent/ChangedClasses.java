package io.perilune.agent;

import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.net.SocketImpl;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.security.ProtectionDomain;

/**
 * The classes of the JDK that are changed. They may have been loaded, and compiled, long before: they are changed where
 * they are (Instrumentation.retransformClasses). Any thread, one at a time.
 */
final class ChangedClasses implements ClassFileTransformer {

    private static final MethodChange[] CHANGES = {
        new MethodChange(SelectorProvider.class, "provider", "()Ljava/nio/channels/spi/SelectorProvider;"),
        new MethodChange(
                AsynchronousChannelProvider.class, "provider", "()Ljava/nio/channels/spi/AsynchronousChannelProvider;"),
        new MethodChange(SocketImpl.class, "createPlatformSocketImpl", "(Z)Ljava/net/SocketImpl;"),
        new MethodChange(platformSocketImpl(), "accept", "(Ljava/net/SocketImpl;)V"),
    };

    private final Instrumentation instrumentation;
    private volatile boolean on = true;
    private volatile Throwable failure;

    private ChangedClasses(Instrumentation instrumentation) {
        this.instrumentation = instrumentation;
    }

    private static Class<?> platformSocketImpl() {
        try {
            return Class.forName("sun.nio.ch.NioSocketImpl", false, null);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("this JDK has no NioSocketImpl", e);
        }
    }

    /**
     * Changes them.
     *
     * @throws IOException if one cannot be changed: then none is
     */
    static ChangedClasses change(Instrumentation instrumentation) throws IOException {
        ChangedClasses changed = new ChangedClasses(instrumentation);
        instrumentation.addTransformer(changed, true);
        try {
            changed.retransform();
        } catch (IOException e) {
            try {
                changed.restore();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        return changed;
    }

    /** Makes them what they were. */
    void restore() throws IOException {
        on = false;
        instrumentation.removeTransformer(this);
        retransform();
    }

    private void retransform() throws IOException {
        Class<?>[] types = new Class<?>[CHANGES.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = CHANGES[i].type();
        }
        failure = null;
        try {
            instrumentation.retransformClasses(types);
        } catch (UnmodifiableClassException | LinkageError e) {
            throw new IOException("this JVM lets nobody change its classes: " + e, e);
        }
        if (failure != null) {
            throw new IOException("this JDK is not as expected: " + failure, failure);
        }
    }

    /** Called for each class that the JVM loads: it must touch nothing that is not loaded. */
    @Override
    public byte[] transform(ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] file) {
        if (type == null || !on) {
            return null;
        }
        for (MethodChange change : CHANGES) {
            if (change.type() == type) {
                try {
                    return change.apply(file);
                } catch (RuntimeException | LinkageError e) { // thrown, it would be lost
                    failure = e;
                }
            }
        }
        return null;
    }
}
