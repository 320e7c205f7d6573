package io.perilune.channels.asynchronous;

import io.perilune.config.Privileged;
import java.io.IOException;
import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;

/**
 * What a security policy (until JDK 23) lets the program do that starts an operation, for the thread that goes on with
 * it. Immutable.
 */
@SuppressWarnings("removal") // as long as there are JDKs that have policies
final class CallersRights {

    private static final CallersRights ALL = new CallersRights(null);

    /** Null for a JVM without a security manager. */
    private final AccessControlContext context;

    private CallersRights(AccessControlContext context) {
        this.context = context;
    }

    /** Returns those of whoever calls. */
    static CallersRights current() {
        return System.getSecurityManager() == null ? ALL : new CallersRights(AccessController.getContext());
    }

    /** Does something with no more than these. */
    <T> T run(Privileged.Action<T> action) throws IOException {
        if (context == null) {
            return action.run();
        }
        try {
            PrivilegedExceptionAction<T> limited = action::run;
            return AccessController.doPrivileged(limited, context);
        } catch (PrivilegedActionException e) {
            throw (IOException) e.getException();
        }
    }
}
