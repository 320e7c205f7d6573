package io.perilune;

import io.perilune.channels.StackSource;
import io.perilune.config.Privileged;
import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import io.perilune.dpdk.DpdkLinks;
import io.perilune.dpdk.EventSleeper;
import io.perilune.dpdk.JdkInternals;
import io.perilune.link.Link;
import io.perilune.loop.UserStack;
import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

/**
 * Puts the stack together when the first channel asks for it: settings, link, shards. The one place that knows the
 * concrete classes of all packages. Any thread.
 */
final class Bootstrap implements StackSource {

    /** The value of {@code perilune.link} for a stack that reaches nobody but itself. */
    private static final String NO_LINK = "none";

    /** The system property in which an agent tells what became of it. */
    private static final String AGENT_PROPERTY = "io.perilune.agent";

    private static final Bootstrap INSTANCE = new Bootstrap();

    private UserStack stack;
    private boolean started;
    private String status = "not started: no channel has asked for it yet";
    private IOException failure;

    private Bootstrap() {}

    /** Returns the JVM's only one: a JVM has one provider, one link, one stack. */
    static Bootstrap stackSource() {
        return INSTANCE;
    }

    @Override
    public SelectorProvider kernelProvider() throws IOException {
        return Privileged.run(JdkInternals::kernelProvider);
    }

    @Override
    public int epollDescriptor(Selector kernelSelector) {
        return JdkInternals.epollDescriptor(kernelSelector);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A stack that cannot start leaves everything on the kernel, with one line that says why (D7).
     */
    @Override
    public synchronized UserStack stackOrNull() throws IOException {
        if (!started) {
            started = true;
            Privileged.run(() -> {
                start();
                return null;
            });
        }
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        return stack;
    }

    /** Returns the stack if it runs; does not start it. */
    synchronized UserStack runningStackOrNull() {
        return stack;
    }

    /** Returns one line about what runs. */
    synchronized String status() {
        return status;
    }

    private void start() {
        // Read by itself, for the case that the settings as a whole are wrong.
        boolean required = SettingsReader.isRequired();
        try {
            if (agentHasFailed()) {
                throw new IOException("the agent says: " + System.getProperty(AGENT_PROPERTY));
            }
            Settings settings = SettingsReader.read();
            required = settings.flag(Setting.REQUIRED);
            stack = start(settings);
            status = "running on " + Setting.LINK.property() + "=" + settings.text(Setting.LINK);
            ExitHook.install(stack, settings);
        } catch (IOException | RuntimeException | LinkageError e) {
            degrade(required, e);
        }
    }

    private static UserStack start(Settings settings) throws IOException {
        if (settings.text(Setting.LINK).equals(NO_LINK)) {
            return UserStack.start(settings, null, new EventSleeper());
        }
        Link link = LinkWrappers.wrap(settings, DpdkLinks.open(settings));
        boolean started = false;
        try {
            UserStack stack = UserStack.start(settings, link);
            started = true;
            return stack;
        } finally {
            if (!started) {
                link.close();
            }
        }
    }

    /** Its jar may be how the program found our provider: what it could not do is not done without it. */
    private static boolean agentHasFailed() {
        return System.getProperty(AGENT_PROPERTY, "").startsWith("failed: ");
    }

    private void degrade(boolean required, Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (required) {
            failure = new IOException(
                    "Perilune cannot start, and " + Setting.REQUIRED.property() + "=true: " + reason, cause);
            status = failure.getMessage();
        } else {
            status = "everything is on the kernel: " + reason;
            // System.Logger would make two lines of it by default; D7 asks for one. An agent has said it already.
            if (!agentHasFailed()) {
                System.err.println("perilune: warning: everything stays on the kernel: " + reason);
            }
        }
    }
}
