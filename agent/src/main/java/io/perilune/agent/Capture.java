package io.perilune.agent;

import io.perilune.PeriluneSelectorProvider;
import io.perilune.channels.CapturedSockets;
import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import java.lang.instrument.Instrumentation;
import java.net.SocketImpl;
import java.util.List;

/**
 * What of the JDK is Perilune's at present: its changed methods ask here, by the {@link Dispatcher}, each time that they
 * are called. Any thread.
 */
final class Capture {

    /** The argument that undoes what was captured. */
    static final String DETACH = "detach";

    /** The JDK's, javadoc of SelectorProvider.provider. */
    private static final String PROVIDER_PROPERTY = "java.nio.channels.spi.SelectorProvider";

    private static final PeriluneSelectorProvider PROVIDER = new PeriluneSelectorProvider();

    private static volatile boolean channels;
    private static volatile boolean sockets;
    private static volatile boolean socketsSeen;
    private static volatile boolean detached;
    private static ChangedClasses changed;

    private Capture() {}

    /**
     * Begins or ends to capture, as the arguments say.
     *
     * @param arguments settings as {@link AgentArguments} has them, or {@link #DETACH}
     * @return what is captured now, in words
     * @throws Exception if nothing is
     */
    static synchronized String start(String arguments, Instrumentation instrumentation) throws Exception {
        boolean done = false;
        try {
            String status = DETACH.equals(arguments) ? detach() : attach(arguments, instrumentation);
            done = true;
            return status;
        } finally {
            if (!done) {
                channels = false;
                sockets = false;
            }
        }
    }

    private static String attach(String arguments, Instrumentation instrumentation) throws Exception {
        SettingsReader.agentArguments(AgentArguments.parse(arguments));
        Settings settings = SettingsReader.read();
        if (settings.text(Setting.NETTY_NATIVE).equals("off")) {
            NettyNative.turnOff();
        }
        Dispatcher.install();
        Dispatcher.function(Capture::answer);
        if (changed == null) {
            changed = ChangedClasses.change(instrumentation);
        }
        List<String> kinds = List.of(settings.text(Setting.CAPTURE).split(","));
        channels = kinds.contains("nio");
        sockets = kinds.contains("socket");
        socketsSeen |= sockets;
        detached = false;
        return "captured: " + String.join(", ", kinds);
    }

    private static String detach() {
        // The classes stay changed: sockets that are open go on to ask.
        channels = false;
        sockets = false;
        detached = true;
        NettyNative.restore();
        return "detached";
    }

    /** Answers a changed method, which tells {what it would return, its name, its arguments...}. */
    private static Object answer(Object[] question) {
        Object original = question[0];
        switch ((String) question[1]) {
            case "provider":
                return provider(original);
            case "createPlatformSocketImpl":
                // Once ours were about, a server of ours may be handed the new one to accept into.
                return socketsSeen
                        ? CapturedSockets.create(PROVIDER, (SocketImpl) original, (Boolean) question[2], sockets)
                        : original;
            case "accept":
                return CapturedSockets.acceptedByPlatform((SocketImpl) original);
            default:
                return original;
        }
    }

    /**
     * Which provider it is to be. Ours may be there without us: named on the command line, or found by the ServiceLoader, as
     * an agent's jar is in the class path.
     */
    private static Object provider(Object original) {
        boolean ours = original.getClass().getName().equals(PeriluneSelectorProvider.class.getName());
        if (channels) {
            return ours ? original : PROVIDER;
        }
        boolean named = PeriluneSelectorProvider.class.getName().equals(System.getProperty(PROVIDER_PROPERTY));
        return ours && (detached || !named) ? Jdk.provider() : original;
    }

    /** The JDK's own provider, which is not asked for as long as there is another. */
    private static final class Jdk {

        private static final Object PROVIDER = find();

        static Object provider() {
            return PROVIDER;
        }

        private static Object find() {
            try {
                Class<?> type = Class.forName("sun.nio.ch.DefaultSelectorProvider");
                return type.getMethod("get").invoke(null);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the JDK's own selector provider is not to be found: " + e, e);
            }
        }
    }
}
