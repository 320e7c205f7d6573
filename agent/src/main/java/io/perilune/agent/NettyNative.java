package io.perilune.agent;

/**
 * Netty's own transports (epoll, io_uring) call the kernel past java.nio. Netty asks a system property before it loads
 * them, and so do the copies of it that others carry under other names. Any thread.
 */
final class NettyNative {

    private static final String PROPERTY = "io.netty.transport.noNative";
    /** Where Netty's classes are to be found, at first and where others have moved them. */
    private static final String[] PREFIXES = {"", "io.grpc.netty.shaded.", "org.apache.hbase.thirdparty."};

    private NettyNative() {}

    /** Turns them off, unless the program or its user has decided about it. Returns whether anything was turned off. */
    static synchronized boolean turnOff() {
        boolean any = false;
        for (String prefix : PREFIXES) {
            if (System.getProperty(prefix + PROPERTY) == null) {
                System.setProperty(prefix + PROPERTY, "true");
                any = true;
            }
        }
        return any;
    }

    /** Lets them on again. */
    static synchronized void restore() {
        for (String prefix : PREFIXES) {
            System.clearProperty(prefix + PROPERTY);
        }
    }
}
