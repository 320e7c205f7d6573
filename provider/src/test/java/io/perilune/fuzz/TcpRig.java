package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import io.perilune.tcp.ConnectionInvariants;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;

/** One TCP whose peer is a fuzzer: looks after each step whether all holds that must, and at the end what is left. */
final class TcpRig {

    private static final FuzzMemory MEMORY = new FuzzMemory();

    final TcpScript script;
    private TcpConnection watched;
    private ConnectionInvariants invariants;

    TcpRig(String... settings) {
        script = new TcpScript(MEMORY.pool(), settings);
    }

    /** Looks what was sent, and whether all holds. */
    void check() {
        script.tcp.flush(script.nowNs);
        while (script.hasSent()) {
            Sent sent = script.next();
            assertThat(sent.optionsFillHeader).as("options of %s", sent).isTrue();
            if (sent.flags.indexOf('S') >= 0) {
                script.iss = sent.seq;
            }
        }
        if (script.connection != watched) {
            watched = script.connection;
            invariants = watched == null ? null : new ConnectionInvariants(watched);
            script.events.clear();
        }
        if (invariants != null) {
            invariants.check();
        }
        int closed = 0;
        for (String event : script.events) {
            closed += event.startsWith("closed") ? 1 : 0;
        }
        assertThat(closed).as("how often the user was told of the end").isLessThanOrEqualTo(1);
    }

    /** Lets time pass at one stroke, as for a host that stood still. */
    void jump(long ms) {
        script.nowNs += ms * TcpScript.MS;
        script.wheel.advance(script.nowNs);
        script.tcp.flush(script.nowNs);
    }

    /** Ends all, and expects that no buffer, no connection and no timer is left. */
    void end() {
        check();
        script.tcp.abortAll(TcpError.STACK_CLOSED, script.nowNs);
        if (script.connection != null) {
            script.connection.close(script.nowNs);
        }
        script.expectNothingLeft();
    }
}
