package io.perilune.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Netty's own transports (epoll, io_uring) call the kernel past java.nio. Their classes ask a system property when they
 * are initialised; it is set, and one line said, when the first of them is loaded. Libraries carry copies of Netty under
 * other names, whose property begins with that name. Any thread.
 */
final class NettyNative implements ClassFileTransformer {

    private static final Pattern TRANSPORT =
            Pattern.compile("(.*)io/netty/(incubator/)?channel/(epoll/Epoll|uring/I[oO]Uring)");

    private static final String PROPERTY = "io.netty.transport.noNative";

    /** The properties that were set, as nobody else had. */
    private final List<String> set = new ArrayList<>();

    private boolean on;

    /**
     * Turns them off from now on, unless the program or its user has decided about it.
     *
     * @param running whether the program has been running, and may use them already
     */
    synchronized void turnOff(Instrumentation instrumentation, boolean running) {
        if (!on) {
            instrumentation.addTransformer(this);
            on = true;
            if (running && isLoaded(instrumentation)) {
                say("Netty's native transports were there first: what runs on them stays on the kernel");
            }
        }
    }

    private static boolean isLoaded(Instrumentation instrumentation) {
        for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
            if (TRANSPORT.matcher(loaded.getName().replace('.', '/')).matches()) {
                return true;
            }
        }
        return false;
    }

    /** Lets them on again. */
    synchronized void restore(Instrumentation instrumentation) {
        if (on) {
            instrumentation.removeTransformer(this);
            set.forEach(System::clearProperty);
            set.clear();
            on = false;
        }
    }

    @Override
    public byte[] transform(ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] file) {
        if (type == null && name != null && name.contains("io/netty/")) {
            Matcher matcher = TRANSPORT.matcher(name);
            if (matcher.matches()) {
                turnOff(matcher.group(1).replace('/', '.') + PROPERTY);
            }
        }
        return null;
    }

    private synchronized void turnOff(String property) {
        if (on && System.getProperty(property) == null) {
            System.setProperty(property, "true");
            set.add(property);
            say("Netty's native transports are off, it has its NIO transport (perilune.netty-native=keep leaves them)");
        }
    }

    private static void say(String line) {
        System.err.println("perilune: " + line);
    }
}
