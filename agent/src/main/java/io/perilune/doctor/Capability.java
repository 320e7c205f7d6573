package io.perilune.doctor;

/** A right of a process, by its number in linux/capability.h. */
enum Capability {
    /** To make network interfaces and addresses. */
    CAP_NET_ADMIN(12),
    /** To use an interface's frames. */
    CAP_NET_RAW(13),
    /** To lock any amount of memory. */
    CAP_IPC_LOCK(14);

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** Returns how a process gets it. */
    String advice() {
        String name = name().substring("CAP_".length());
        return "run as root (sudo), or give the program " + name() + ": docker run --cap-add " + name
                + ", AmbientCapabilities=" + name()
                + " in a systemd service, or sudo setpriv --reuid $USER --init-groups"
                + " --inh-caps +" + name.toLowerCase(java.util.Locale.ROOT) + " --ambient-caps +"
                + name.toLowerCase(java.util.Locale.ROOT) + " COMMAND";
    }
}
