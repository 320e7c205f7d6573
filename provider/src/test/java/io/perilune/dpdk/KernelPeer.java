package io.perilune.dpdk;

import io.perilune.config.SettingsReader;
import io.perilune.link.Burst;
import io.perilune.link.LinkQueue;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Child of {@link KernelLinkTest}: opens a link whose other side is the kernel of its own network namespace, answers
 * ARP and echoes UDP by hand as 198.18.0.2, while a socket of the kernel's sends datagrams and checks what comes back.
 */
public final class KernelPeer {

    private static final int OWN = (198 << 24) | (18 << 16) | 2;
    /** Ethernet, IPv4 and UDP. */
    private static final int HEADERS = 14 + 20 + 8;

    private static final int DATAGRAMS = 2000;

    private KernelPeer() {}

    /** Runs it: the link, then the time that each loss may take. */
    public static void main(String[] arguments) throws Exception {
        String caught = caughtSignals();
        String cpus = allowedCpus();
        DpdkLink link =
                DpdkLinks.open(SettingsReader.read(new Properties(), Map.of("PERILUNE_LINK", arguments[0]), Map.of()));
        if (!caughtSignals().equals(caught) || !allowedCpus().equals(cpus)) {
            throw new AssertionError("signals " + caught + " -> " + caughtSignals() + ", CPUs " + cpus + " -> "
                    + allowedCpus() + "\n" + Eal.log());
        }
        AtomicBoolean done = new AtomicBoolean();
        int[] sleeps = new int[1];
        Throwable[] failure = new Throwable[1];
        Thread driver = new Thread(() -> drive(link, done, sleeps), "driver");
        driver.setUncaughtExceptionHandler((thread, e) -> failure[0] = e);
        driver.setDaemon(true);
        driver.start();
        int echoed = exchange();
        done.set(true);
        link.queue(0).sleeper().wakeup();
        driver.join();
        if (failure[0] != null) {
            throw new AssertionError(failure[0]);
        }
        DpdkQueue queue = link.dpdkQueue(0);
        queue.pool().flushReturns();
        System.out.println("echoed=" + echoed + " sleeps=" + sleeps[0] + " lent="
                + queue.pool().lentCount() + " dropped=" + queue.droppedCount() + " endsOnFrame="
                + queue.sleeper().endsOnFrame() + " " + statusLine("HugetlbPages:"));
        printMode(arguments[0]);
        link.close();
        printMode(arguments[0]);
        System.out.println("interfaces=" + Files.readAllLines(Path.of("/proc/thread-self/net/dev")));
    }

    private static void drive(DpdkLink link, AtomicBoolean done, int[] sleeps) {
        LinkQueue queue = link.queue(0);
        Burst received = new Burst();
        Burst answers = new Burst();
        while (!done.get()) {
            if (queue.rxBurst(received) == 0) {
                // As long as the test: only a frame or the wakeup ends it in time.
                queue.sleeper()
                        .sleep(queue.sleeper().endsOnFrame() ? 20_000_000_000L : 1_000_000, Sleeper.NO_DESCRIPTOR);
                sleeps[0]++;
                continue;
            }
            for (int i = 0; i < received.count(); i++) {
                if (Frames.answerArp(received.frame(i), link.macAddress(), OWN)
                        || Frames.answerUdp(received.frame(i), link.macAddress())) {
                    answers.add(inPieces(received.frame(i), queue.pool()), 0);
                } else {
                    received.frame(i).release();
                }
            }
            received.clear();
            while (answers.count() > 0 && queue.txBurst(answers) > 0) {
                assert answers.count() >= 0;
            }
            queue.pool().flushReturns();
        }
    }

    /** Every other long frame in two pieces: its headers are copied, and the rest stays where it is. */
    private static PacketBuffer inPieces(PacketBuffer frame, BufferPool pool) {
        if (frame.length() <= HEADERS || frame.length() % 2 == 0) {
            return frame;
        }
        PacketBuffer head = pool.allocate();
        head.bytes().put(head.append(HEADERS), frame.bytes(), frame.start(), HEADERS);
        head.attachPayload(frame, frame.start() + HEADERS, frame.length() - HEADERS);
        return head;
    }

    private static int exchange() throws Exception {
        int echoed = 0;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("198.18.0.1"))) {
            socket.connect(InetAddress.getByName("198.18.0.2"), 7);
            socket.setSoTimeout(5000);
            byte[] answer = new byte[2000];
            for (int i = 0; i < DATAGRAMS; i++) {
                byte[] text = new byte[1 + i % 1472];
                Arrays.fill(text, (byte) i);
                socket.send(new DatagramPacket(text, text.length));
                DatagramPacket packet = new DatagramPacket(answer, answer.length);
                socket.receive(packet);
                if (!Arrays.equals(Arrays.copyOf(answer, packet.getLength()), text)) {
                    throw new AssertionError("datagram " + i + " came back as another");
                }
                echoed++;
            }
        }
        return echoed;
    }

    /** Whether the kernel has an interface of its own receive what is for other stations: the link's need, nobody else's. */
    private static void printMode(String link) throws Exception {
        if (!link.startsWith("afpacket:")) {
            return;
        }
        String name = link.substring("afpacket:".length());
        Process ip = new ProcessBuilder("ip", "-d", "link", "show", name).start();
        String text = new String(ip.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (ip.waitFor() != 0 || !text.contains("promiscuity ")) {
            throw new AssertionError(text);
        }
        System.out.println(name + " takes all frames: " + !text.contains("promiscuity 0"));
    }

    private static String caughtSignals() throws Exception {
        return statusLine("SigCgt:");
    }

    private static String allowedCpus() throws Exception {
        return statusLine("Cpus_allowed:") + statusLine("SigBlk:");
    }

    private static String statusLine(String name) throws Exception {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .orElseThrow();
    }
}
