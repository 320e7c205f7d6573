package io.perilune.sim;

import io.perilune.ip.InternetLayer;
import io.perilune.ip.IpSender;
import io.perilune.ip.RouteTable;
import io.perilune.ip.TransportReceiver;
import io.perilune.link.Burst;
import io.perilune.link.LinkQueue;
import io.perilune.link.LoopbackLink;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.BufferPool;
import io.perilune.metrics.Counters;
import io.perilune.packet.LeakCheck;
import io.perilune.time.TimerWheel;

/** One host of a simulation: a link, the Internet layer and, if the test wants one, a transport. */
public final class SimHost {

    /** What of a transport the host's turn needs. */
    public interface Transport extends TransportReceiver {
        /** Sends what became due in this turn. */
        void flush(long nowNs);

        /** Ends all that goes on. */
        default void end(long nowNs) {}
    }

    /** Makes a host's transport of what it needs. */
    @FunctionalInterface
    public interface TransportFactory {
        /** Makes the transport of a host. */
        Transport make(IpSender ip, BufferPool pool, TimerWheel wheel, Counters counters);
    }

    private final SimClock clock;
    private final SimLink link;
    private final RouteTable routes;
    private final LinkQueue queue;
    private final LoopbackLink loopback;
    private final TimerWheel wheel;
    private final Counters counters = new Counters();
    private final InternetLayer internet;
    private final Burst burst = new Burst();
    private Transport transport;

    /**
     * Makes a host without a transport.
     *
     * @param link its link
     * @param routes its addresses and routes
     * @param secret what keys its tables
     */
    public SimHost(SimClock clock, SimLink link, RouteTable routes, long secret) {
        this(clock, link, link.queue(0), routes, secret);
    }

    /**
     * Makes a host whose link is wrapped.
     *
     * @param queue what to receive from and to send to in the link's place
     */
    public SimHost(SimClock clock, SimLink link, LinkQueue queue, RouteTable routes, long secret) {
        this.clock = clock;
        this.link = link;
        this.queue = queue;
        this.routes = routes;
        this.wheel = new TimerWheel(clock.nanoTime());
        int mtu = link.capabilities().mtu();
        this.loopback = new LoopbackLink(link.pool(), link.macAddress(), mtu);
        this.internet = new InternetLayer(
                routes,
                link.macAddress(),
                mtu,
                link.capabilities(),
                new TransmitQueue(queue, counters),
                TransmitQueue.toLoopback(loopback, counters),
                link.pool(),
                wheel,
                counters,
                secret,
                clock.nanoTime());
        LeakCheck.atEnd(link.pool(), this::end);
    }

    /** Ends all that this host does. */
    private void end() {
        if (transport != null) {
            transport.end(clock.nanoTime());
            transport.flush(clock.nanoTime());
        }
        internet.flush();
        internet.close();
        loopback.close();
        link.close();
    }

    /** Gives the host a transport. */
    public <T extends Transport> T transport(T newTransport) {
        transport = newTransport;
        internet.transport(newTransport);
        return newTransport;
    }

    /** Gives the host the transport that a factory makes. */
    public Transport transport(TransportFactory factory) {
        return transport(factory.make(internet.ipSender(), link.pool(), wheel, counters));
    }

    /**
     * Runs one turn of the loop at the clock's time, in the order of the shard's: receive, timers, output.
     *
     * @return whether frames were received or timers fired
     */
    public boolean turn() {
        long nowNs = clock.nanoTime();
        int received = queue.rxBurst(burst);
        if (received > 0) {
            internet.receive(burst, nowNs);
        }
        int looped = loopback.rxBurst(burst);
        if (looped > 0) {
            internet.receiveLoopback(burst, nowNs);
        }
        int fired = wheel.advance(nowNs);
        if (transport != null) {
            transport.flush(nowNs);
        }
        internet.flush();
        return received + looped + fired > 0;
    }

    /** Returns when this host next has something to do, or {@link Long#MAX_VALUE}. */
    public long nextEventNs() {
        return link.waitingCount() > 0 || loopback.pendingCount() > 0 ? clock.nanoTime() : wheel.nextDeadlineNs();
    }

    /** Returns the host's address as an int. */
    public int address() {
        return routes.address();
    }

    /** Returns the host's addresses and routes. */
    public RouteTable routes() {
        return routes;
    }

    /** Returns the link. */
    public SimLink link() {
        return link;
    }

    /** Returns the Internet layer. */
    public InternetLayer internet() {
        return internet;
    }

    /** Returns the means to send. */
    public IpSender ip() {
        return internet.ipSender();
    }

    /** Returns the memory. */
    public BufferPool pool() {
        return link.pool();
    }

    /** Returns the timers. */
    public TimerWheel wheel() {
        return wheel;
    }

    /** Returns the counters. */
    public Counters counters() {
        return counters;
    }
}
