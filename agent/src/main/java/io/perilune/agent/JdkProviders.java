package io.perilune.agent;

/** The JDK's own providers, which nobody asks for as long as others are installed. Any thread. */
final class JdkProviders {

    private JdkProviders() {}

    static Object selector() {
        return Selector.PROVIDER;
    }

    static Object asynchronous() {
        return Asynchronous.PROVIDER;
    }

    private static final class Selector {
        static final Object PROVIDER = call("sun.nio.ch.DefaultSelectorProvider", "get");
    }

    private static final class Asynchronous {
        static final Object PROVIDER = call("sun.nio.ch.DefaultAsynchronousChannelProvider", "create");
    }

    private static Object call(String type, String method) {
        try {
            return Class.forName(type).getMethod(method).invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the JDK's own provider is not to be found: " + e, e);
        }
    }
}
