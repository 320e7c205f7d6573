package io.perilune;

import io.perilune.channels.StackSource;
import io.perilune.link.Sleeper;
import io.perilune.loop.UserStack;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

/** The composition root: gives the channels their two worlds. Kernel only, where nothing else is composed. */
final class Bootstrap {

    private static final class Holder {
        static final StackSource SOURCE = new KernelOnly(findKernelProvider());
    }

    private Bootstrap() {}

    /** Returns the one source of this JVM. */
    static StackSource stackSource() {
        return Holder.SOURCE;
    }

    private static SelectorProvider findKernelProvider() {
        try {
            return (SelectorProvider) Class.forName("sun.nio.ch.DefaultSelectorProvider")
                    .getMethod("get")
                    .invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "the JDK's own provider is not to be had; start java with --add-exports java.base/sun.nio.ch=ALL-UNNAMED",
                    e);
        }
    }

    private static final class KernelOnly implements StackSource {
        private final SelectorProvider provider;

        KernelOnly(SelectorProvider provider) {
            this.provider = provider;
        }

        @Override
        public SelectorProvider kernelProvider() {
            return provider;
        }

        @Override
        public UserStack stackOrNull() {
            return null;
        }

        @Override
        public int epollDescriptor(Selector kernelSelector) {
            return Sleeper.NO_DESCRIPTOR;
        }
    }
}
