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

    /** The system property that tells who attached what became of it. */
    static final String STATUS_PROPERTY = "io.perilune.agent";
    /** The argument that undoes what was captured. */
    static final String DETACH = "detach";

    private static final PeriluneSelectorProvider PROVIDER = new PeriluneSelectorProvider();

    private static volatile boolean channels;
    private static volatile boolean sockets;
    private static volatile boolean socketsSeen;
    private static ChangedClasses changed;

    private Capture() {}

    /**
     * Begins or ends to capture, as the arguments say.
     *
     * @param arguments settings as {@link AgentArguments} has them, or {@link #DETACH}
     */
    static synchronized void start(String arguments, Instrumentation instrumentation) {
        try {
            String status = DETACH.equals(arguments) ? detach() : attach(arguments, instrumentation);
            System.setProperty(STATUS_PROPERTY, status);
        } catch (Exception | LinkageError e) {
            channels = false;
            sockets = false;
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            System.setProperty(STATUS_PROPERTY, "failed: " + reason);
            System.err.println("perilune: warning: everything stays on the kernel: " + reason);
        }
    }

    private static String attach(String arguments, Instrumentation instrumentation) throws Exception {
        SettingsReader.agentArguments(AgentArguments.parse(arguments));
        Settings settings = SettingsReader.read();
        if (settings.text(Setting.NETTY_NATIVE).equals("off")) {
            NettyNative.turnOff();
        }
        NativeAccess.take(instrumentation);
        Dispatcher.install(instrumentation);
        Dispatcher.function(Capture::answer);
        if (changed == null) {
            changed = ChangedClasses.change(instrumentation);
        }
        List<String> kinds = List.of(settings.text(Setting.CAPTURE).split(","));
        channels = kinds.contains("nio");
        sockets = kinds.contains("socket");
        socketsSeen |= sockets;
        return "captured: " + String.join(", ", kinds);
    }

    private static String detach() {
        // The classes stay changed: sockets that are open go on to ask.
        channels = false;
        sockets = false;
        NettyNative.restore();
        return "detached";
    }

    /** Answers a changed method, which tells {what it would return, its name, its arguments...}. */
    private static Object answer(Object[] question) {
        Object original = question[0];
        switch ((String) question[1]) {
            case "provider":
                return channels && !isPerilune(original) ? PROVIDER : original;
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

    /** A program may have chosen Perilune itself: one stack is enough. */
    private static boolean isPerilune(Object provider) {
        return provider.getClass().getName().equals(PeriluneSelectorProvider.class.getName());
    }
}
