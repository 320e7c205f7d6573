package io.perilune.config;

import java.io.IOException;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.function.Supplier;

/**
 * Runs what Perilune does for itself with its own permissions, as the JDK's networking does: a security policy (until JDK
 * 23) need not grant its programs what the stack needs, but only sockets. Any thread.
 */
@SuppressWarnings("removal") // as long as there are JDKs that have policies
public final class Privileged {

    /** Something that may fail as networking does. */
    @FunctionalInterface
    public interface Action<T> {
        /** Does it. */
        T run() throws IOException;
    }

    private Privileged() {}

    /** Returns what a supplier gives that is asked with Perilune's permissions. */
    public static <T> T get(Supplier<T> supplier) {
        PrivilegedAction<T> privileged = supplier::get;
        return AccessController.doPrivileged(privileged);
    }

    /** Returns what an action returns that is run with Perilune's permissions. */
    public static <T> T run(Action<T> action) throws IOException {
        try {
            PrivilegedExceptionAction<T> privileged = action::run;
            return AccessController.doPrivileged(privileged);
        } catch (PrivilegedActionException e) {
            throw (IOException) e.getException();
        }
    }
}
