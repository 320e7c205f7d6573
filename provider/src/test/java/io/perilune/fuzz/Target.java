package io.perilune.fuzz;

import java.nio.file.Path;
import java.util.Locale;

/** What is fuzzed: each parser of what comes from outside, and connections in each state. */
enum Target {
    ETHERNET_ARP(EthernetArpFuzz.class, EthernetArpFuzz::fuzzerTestOneInput),
    IPV4(Ipv4Fuzz.class, Ipv4Fuzz::fuzzerTestOneInput),
    ICMPV4(Icmpv4Fuzz.class, Icmpv4Fuzz::fuzzerTestOneInput),
    IPV6(Ipv6Fuzz.class, Ipv6Fuzz::fuzzerTestOneInput),
    ICMPV6(Icmpv6Fuzz.class, Icmpv6Fuzz::fuzzerTestOneInput),
    NEIGHBOR_DISCOVERY(NeighborDiscoveryFuzz.class, NeighborDiscoveryFuzz::fuzzerTestOneInput),
    MULTICAST_LISTENER(MulticastListenerFuzz.class, MulticastListenerFuzz::fuzzerTestOneInput),
    REASSEMBLY(ReassemblyFuzz.class, ReassemblyFuzz::fuzzerTestOneInput),
    TCP_HEADER(TcpHeaderFuzz.class, TcpHeaderFuzz::fuzzerTestOneInput),
    TCP_OPTIONS(TcpOptionsFuzz.class, TcpOptionsFuzz::fuzzerTestOneInput),
    SYN_COOKIE(SynCookieFuzz.class, SynCookieFuzz::fuzzerTestOneInput),
    SACK(SackFuzz.class, SackFuzz::fuzzerTestOneInput),
    CONNECTION(ConnectionFuzz.class, ConnectionFuzz::fuzzerTestOneInput),
    SETTINGS(SettingsFuzz.class, SettingsFuzz::fuzzerTestOneInput),
    TRACE(TraceFuzz.class, TraceFuzz::fuzzerTestOneInput);

    /** Runs one input. */
    @FunctionalInterface
    interface Body {
        /** Runs it; whatever is thrown is a finding. */
        void run(byte[] input) throws Exception;
    }

    private static final Path INPUTS = Path.of("src/test/resources/io/perilune/fuzz");

    private final Class<?> fuzzed;

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method has no state
    private final Body body;

    Target(Class<?> fuzzed, Body body) {
        this.fuzzed = fuzzed;
        this.body = body;
    }

    void run(byte[] input) throws Exception {
        body.run(input);
    }

    String className() {
        return fuzzed.getName();
    }

    /** Returns the name that the command line takes. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns where its inputs are kept, from the folder of the module. */
    Path inputs() {
        return INPUTS.resolve(fuzzed.getSimpleName() + "Inputs");
    }
}
