package io.perilune.simulation;

import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimLink;
import io.perilune.sim.SimNetwork;
import io.perilune.sim.SimPair;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** What on the way drops frames by what they are: holes in the network, and a router with a smaller MTU. */
final class NetworkPath {

    private static final int ROUTER_IPV4 = 0xC612_00FE;
    private static final String ROUTER_IPV6 = "fd00:7065:0:0:0:0:0:fe";
    private static final int QUOTE_IPV4 = 28;
    private static final int QUOTE_IPV6 = 200;

    private final SimNetwork network;
    private final SimLink router;
    private final int routerIndex;
    private Scenario.Partition partition = Scenario.Partition.NONE;
    private int cutHost;
    private int mtu = Integer.MAX_VALUE;
    private boolean tells;
    private final SplittableRandom random;
    private final double cutting;

    /** Makes a path without holes, that cuts segments in two by a chance; its router is the network's last link. */
    NetworkPath(SimNetwork network, SplittableRandom random, double cutting) {
        this.network = network;
        this.random = random;
        this.cutting = cutting;
        this.router = network.link("router", 1500, 1);
        this.routerIndex = (int) (router.macAddress() - network.firstMacAddress());
    }

    boolean isRouter(int sender) {
        return sender == routerIndex;
    }

    void cut(Scenario.Partition kind, int host) {
        partition = kind;
        cutHost = host;
    }

    void mtu(int newMtu, boolean told) {
        mtu = newMtu;
        tells = told;
    }

    /** Returns whether a frame gets through. */
    boolean passes(int sender, byte[] frame, int length) {
        int to = (frame[5] & 0xFF) - (int) (network.firstMacAddress() & 0xFF);
        switch (partition) {
            case ALL:
                return false;
            case ONE_HOST:
                if (sender == cutHost || to == cutHost) {
                    return false;
                }
                break;
            case FROM_ONE_HOST:
                if (sender == cutHost) {
                    return false;
                }
                break;
            default:
                break;
        }
        if (length - 14 <= mtu) {
            return cutting == 0 || random.nextDouble() >= cutting || !cut(frame);
        }
        if (tells) {
            tellTooBig(sender, frame);
        }
        return false;
    }

    /** Sends a frame on in two parts, if it bears enough; returns whether it does. */
    private boolean cut(byte[] frame) {
        int data = Resegmenter.dataLength(frame);
        if (data < 2) {
            return false;
        }
        int first = 1 + random.nextInt(data - 1);
        network.inject(router, Resegmenter.first(frame, first));
        network.inject(router, Resegmenter.rest(frame, first));
        return true;
    }

    /** RFC 1191 §4, RFC 4443 §3.2. */
    private void tellTooBig(int sender, byte[] frame) {
        long mac = network.firstMacAddress() + sender;
        if (frame[12] == 8) {
            byte[] quote = Arrays.copyOfRange(frame, 14, 14 + QUOTE_IPV4);
            byte[] message = Frames.icmp(3, 4, mtu, quote);
            network.inject(
                    router,
                    Frames.ipv4(ROUTER_IPV4, SimPair.ADDRESS_A + sender)
                            .payload(1, message)
                            .frame(mac, router.macAddress()));
            return;
        }
        byte[] quote = Arrays.copyOfRange(frame, 14, 14 + QUOTE_IPV6);
        String host = text(Arrays.copyOfRange(frame, 22, 38));
        byte[] message = Frames6.icmp(ROUTER_IPV6, host, 2, 0, mtu, quote);
        network.inject(
                router, Frames6.frame(mac, router.macAddress(), Frames6.packet(ROUTER_IPV6, host, 58, 64, message)));
    }

    private static String text(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
