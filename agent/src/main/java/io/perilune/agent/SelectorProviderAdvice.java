package io.perilune.agent;

import java.nio.channels.spi.SelectorProvider;
import net.bytebuddy.asm.Advice;

/** Goes into {@link SelectorProvider#provider()}: what it returns is what {@link Capture} says. */
final class SelectorProviderAdvice {

    private SelectorProviderAdvice() {}

    @Advice.OnMethodExit
    @SuppressWarnings({"UnusedVariable", "ParameterCanBeFinal"}) // the return value is written by its copy in the JDK
    static void onExit(@Advice.Return(readOnly = false) SelectorProvider provider) {
        provider = Capture.selectorProvider(provider);
    }
}
