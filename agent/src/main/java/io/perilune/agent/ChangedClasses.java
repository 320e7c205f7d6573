package io.perilune.agent;

import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.IllegalClassFormatException;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.channels.spi.SelectorProvider;
import java.security.ProtectionDomain;
import java.util.Map;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;

/**
 * The classes of the JDK that are changed, each in one method, whose end asks {@link Capture}. They were loaded, and
 * compiled, long before: they are changed where they are (Instrumentation.retransformClasses).
 */
final class ChangedClasses implements ClassFileTransformer {

    /** A method of the JDK's and what is added to it. */
    private record Change(String method, Class<?> advice) {}

    private static final Map<Class<?>, Change> CHANGES =
            Map.of(SelectorProvider.class, new Change("provider", SelectorProviderAdvice.class));

    private final Instrumentation instrumentation;
    private final ClassFileLocator own = ClassFileLocator.ForClassLoader.ofSystemLoader();
    private volatile boolean on = true;
    private volatile Throwable failure;

    private ChangedClasses(Instrumentation instrumentation) {
        this.instrumentation = instrumentation;
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
            changed.restore();
            throw e;
        }
        return changed;
    }

    /** Makes them what they were. */
    void restore() {
        on = false;
        instrumentation.removeTransformer(this);
        try {
            retransform();
        } catch (IOException e) {
            System.err.println("perilune: warning: " + e.getMessage());
        }
    }

    private void retransform() throws IOException {
        try {
            instrumentation.retransformClasses(CHANGES.keySet().toArray(Class<?>[]::new));
        } catch (UnmodifiableClassException | LinkageError e) {
            throw new IOException("this JVM lets nobody change its classes: " + e, e);
        }
        if (failure != null) {
            throw new IOException("a class of this JDK is not as expected: " + failure, failure);
        }
    }

    @Override
    public byte[] transform(
            Module module, ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] file)
            throws IllegalClassFormatException {
        Change change = on && type != null ? CHANGES.get(type) : null;
        if (change == null) {
            return null;
        }
        try {
            ClassFileLocator both = new ClassFileLocator.Compound(ClassFileLocator.Simple.of(type.getName(), file), own);
            TypeDescription description =
                    TypePool.Default.of(both).describe(type.getName()).resolve();
            return new ByteBuddy()
                    .with(TypeValidation.DISABLED)
                    .decorate(description, both)
                    .visit(Advice.to(change.advice, own).on(ElementMatchers.named(change.method)))
                    .make()
                    .getBytes();
        } catch (Exception | LinkageError e) { // thrown, it would be lost
            failure = e;
            return null;
        }
    }
}
