package io.perilune.agent;

import io.perilune.Perilune;
import io.perilune.PeriluneAsynchronousChannelProvider;
import io.perilune.PeriluneSelectorProvider;
import io.perilune.channels.CapturedSockets;
import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import java.lang.instrument.Instrumentation;
import java.net.SocketImpl;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What of the JDK is Perilune's at present: its changed methods ask here, by the {@link Dispatcher}, each time that they
 * are called. Any thread.
 */
final class Capture {

    /** The argument that undoes what was captured. */
    static final String DETACH = "detach";

    // The JDK's, javadoc of the methods that are named provider.
    private static final String PROVIDER_PROPERTY = "java.nio.channels.spi.SelectorProvider";
    private static final String ASYNCHRONOUS_PROPERTY = "java.nio.channels.spi.AsynchronousChannelProvider";

    private static final PeriluneSelectorProvider PROVIDER = new PeriluneSelectorProvider();
    private static final PeriluneAsynchronousChannelProvider ASYNCHRONOUS = new PeriluneAsynchronousChannelProvider();

    /** The settings that are not the stack's: they count at once. */
    private static final Set<String> OWN_SETTINGS = Set.of(Setting.CAPTURE.key(), Setting.NETTY_NATIVE.key());

    private static final NettyNative NETTY_NATIVE = new NettyNative();

    private static volatile boolean channels;
    private static volatile boolean sockets;
    private static volatile boolean async;
    private static volatile boolean socketsSeen;
    private static volatile boolean detached;
    private static ChangedClasses changed;

    private Capture() {}

    /**
     * Begins or ends to capture, as the arguments say.
     *
     * @param arguments settings as {@link AgentArguments} has them, or {@link #DETACH}
     * @param running whether the program has been running before
     * @return what is captured now, in words
     * @throws Exception if it cannot be done: then nothing has changed
     */
    static synchronized String start(String arguments, Instrumentation instrumentation, boolean running)
            throws Exception {
        return DETACH.equals(arguments) ? detach(instrumentation) : attach(arguments, instrumentation, running);
    }

    /** Returns whether anything is captured. */
    static boolean isOn() {
        return channels || async || sockets;
    }

    private static String attach(String arguments, Instrumentation instrumentation, boolean running) throws Exception {
        Map<String, String> parsed = AgentArguments.parse(arguments);
        Settings settings = SettingsReader.read(parsed); // first: what is wrong changes nothing
        String late = Perilune.isRunning() && !OWN_SETTINGS.containsAll(parsed.keySet())
                ? "; the stack runs already, and keeps its settings"
                : "";
        Dispatcher.install();
        Dispatcher.function(Capture::answer);
        if (changed == null) {
            changed = ChangedClasses.change(instrumentation);
        }
        // Only now: until here it may fail, and must leave Netty and the settings as they were.
        SettingsReader.agentArguments(parsed);
        if (settings.text(Setting.NETTY_NATIVE).equals("off")) {
            NETTY_NATIVE.turnOff(instrumentation, running);
        } else {
            NETTY_NATIVE.restore(instrumentation);
        }
        List<String> kinds = List.of(settings.text(Setting.CAPTURE).split(","));
        channels = kinds.contains("nio");
        async = kinds.contains("async");
        sockets = kinds.contains("socket");
        socketsSeen |= sockets;
        detached = false;
        return "captured: " + String.join(", ", kinds) + late;
    }

    private static String detach(Instrumentation instrumentation) {
        // The classes stay changed: sockets that are open go on to ask.
        channels = false;
        async = false;
        sockets = false;
        detached = true;
        NETTY_NATIVE.restore(instrumentation);
        return "detached";
    }

    /** Answers a changed method, which tells {what it would return, its name, its arguments...}. */
    private static Object answer(Object[] question) {
        Object original = question[0];
        switch ((String) question[1]) {
            case "provider":
                return original instanceof AsynchronousChannelProvider
                        ? provider(original, async, ASYNCHRONOUS, ASYNCHRONOUS_PROPERTY, JdkProviders::asynchronous)
                        : provider(original, channels, PROVIDER, PROVIDER_PROPERTY, JdkProviders::selector);
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
     *
     * @param property the system property that would name it
     * @param jdks where the JDK's own is found
     */
    private static Object provider(
            Object original, boolean captured, Object ours, String property, Supplier<Object> jdks) {
        boolean isOurs = original.getClass().getName().equals(ours.getClass().getName());
        if (captured) {
            return isOurs ? original : ours;
        }
        boolean named = ours.getClass().getName().equals(System.getProperty(property));
        return isOurs && (detached || !named) ? jdks.get() : original;
    }
}
