package io.perilune.agent;

import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;

/** What of java.base is opened to us: sockets and selectors are made inside. */
final class JdkModules {

    private JdkModules() {}

    static void open(Instrumentation instrumentation) {
        Set<Module> us = Set.of(JdkModules.class.getModule());
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("sun.net", us, "sun.nio.ch", us),
                Map.of("java.nio.channels.spi", us, "java.net", us, "sun.nio.ch", us),
                Set.of(),
                Map.of());
    }
}
