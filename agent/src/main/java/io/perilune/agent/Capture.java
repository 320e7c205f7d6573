package io.perilune.agent;

import io.perilune.PeriluneSelectorProvider;
import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import java.lang.instrument.Instrumentation;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;

/**
 * What of the JDK is Perilune's at present: the changed methods of the JDK ask here each time that they are called. Loaded
 * by the boot class path. Any thread.
 */
public final class Capture {

    /** The system property that tells who attached what became of it. */
    public static final String STATUS_PROPERTY = "io.perilune.agent";
    /** The argument that undoes what was captured. */
    public static final String DETACH = "detach";

    private static final PeriluneSelectorProvider PROVIDER = new PeriluneSelectorProvider();

    private static volatile boolean channels;
    private static ChangedClasses changed;

    private Capture() {}

    /**
     * Begins or ends to capture, as the arguments say.
     *
     * @param arguments settings as {@link AgentArguments} has them, or {@link #DETACH}
     */
    public static synchronized void start(String arguments, Instrumentation instrumentation) {
        try {
            String status = DETACH.equals(arguments) ? detach() : attach(arguments, instrumentation);
            System.setProperty(STATUS_PROPERTY, status);
        } catch (Exception | LinkageError e) {
            channels = false;
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
        if (changed == null) {
            changed = ChangedClasses.change(instrumentation);
        }
        List<String> kinds = List.of(settings.text(Setting.CAPTURE).split(","));
        channels = kinds.contains("nio");
        return "captured: " + String.join(", ", kinds);
    }

    private static String detach() {
        channels = false;
        if (changed != null) {
            changed.restore();
            changed = null;
        }
        NettyNative.restore();
        return "detached";
    }

    /** Returns the provider that is the default now; it would have been the given one. */
    public static SelectorProvider selectorProvider(SelectorProvider original) {
        return channels && !isPerilune(original) ? PROVIDER : original;
    }

    /** A program may have chosen Perilune itself, from a jar on its class path: one stack is enough. */
    private static boolean isPerilune(SelectorProvider provider) {
        return provider.getClass().getName().equals(PeriluneSelectorProvider.class.getName());
    }
}
