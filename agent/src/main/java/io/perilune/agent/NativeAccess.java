package io.perilune.agent;

import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.Set;

/**
 * The right to load our native library, which JDK 24 and later warn about if nobody gave it (JEP 472). A jar gives it by
 * its manifest when it is the program, an agent's does not count: so the agent takes it, as {@code
 * --enable-native-access=ALL-UNNAMED} would give it. Where the JVM is told to refuse what was not given ({@code
 * --illegal-native-access=deny}), it takes nothing: somebody decided.
 */
final class NativeAccess {

    /** The package of the JDK that knows what its command line said of native access. */
    private static final String BOOTSTRAP_PACKAGE = "jdk.internal.module";

    private NativeAccess() {}

    /** Takes the right where it is missing and not refused; where it cannot, there is the JDK's warning and no more. */
    static void take(Instrumentation instrumentation) {
        Module base = Object.class.getModule();
        Set<Module> us = Set.of(NativeAccess.class.getModule());
        if (!base.getPackages().contains(BOOTSTRAP_PACKAGE)) {
            return;
        }
        instrumentation.redefineModule(
                base, Set.of(), Map.of(), Map.of("java.lang", us, BOOTSTRAP_PACKAGE, us), Set.of(), Map.of());
        try {
            Class<?> bootstrap = Class.forName(BOOTSTRAP_PACKAGE + ".ModuleBootstrap");
            Class<?> choice = Class.forName(BOOTSTRAP_PACKAGE + ".ModuleBootstrap$IllegalNativeAccess");
            Object chosen = MethodHandles.privateLookupIn(bootstrap, MethodHandles.lookup())
                    .findStatic(bootstrap, "illegalNativeAccess", MethodType.methodType(choice))
                    .invoke();
            if (!"DENY".equals(chosen.toString())) {
                MethodHandles.privateLookupIn(Module.class, MethodHandles.lookup())
                        .findStatic(
                                Module.class,
                                "implAddEnableNativeAccessToAllUnnamed",
                                MethodType.methodType(void.class))
                        .invoke();
            }
        } catch (ClassNotFoundException | NoSuchMethodException e) {
            return; // a JDK before 24: it does not warn
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
