package io.perilune.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.loop.UserStack;
import io.perilune.stream.Stream;
import io.perilune.stream.StreamHandler;
import io.perilune.stream.StreamServer;
import io.perilune.stream.Streams;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The two key-value servers answer alike: the one on streams over its loopback link, that in java.nio over the kernel's. */
@Timeout(60)
class KeyValueServersTest {

    private static final byte[] END = {};

    enum Kind {
        INLINE,
        NIO
    }

    /** A server and one client of it. */
    private interface Session extends AutoCloseable {

        void send(byte[] request) throws IOException;

        /** Reads so many bytes, or fewer if the server closes. */
        byte[] receive(int length) throws Exception;

        @Override
        void close() throws IOException;
    }

    private static Session open(Kind kind) throws Exception {
        return kind == Kind.INLINE ? new InlineSession() : new NioSession();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String command(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString();
    }

    private static void ask(Session session, String request, String reply) throws Exception {
        session.send(bytes(request));
        assertThat(new String(session.receive(reply.length()), StandardCharsets.ISO_8859_1))
                .isEqualTo(reply);
    }

    @ParameterizedTest
    @EnumSource
    void itSetsGetsAndDeletes(Kind kind) throws Exception {
        try (Session session = open(kind)) {
            ask(session, command("PING"), "+PONG\r\n");
            ask(session, "ping\r\n", "+PONG\r\n");
            ask(session, command("PING", "hello"), "$5\r\nhello\r\n");
            ask(session, command("GET", "a"), "$-1\r\n");
            ask(session, command("SET", "a", "one"), "+OK\r\n");
            ask(session, command("get", "a"), "$3\r\none\r\n");
            ask(session, command("SET", "a", ""), "+OK\r\n");
            ask(session, command("GET", "a"), "$0\r\n\r\n");
            ask(session, command("SET", "b", "two\r\nlines"), "+OK\r\n");
            ask(session, "GET b\r\n", "$10\r\ntwo\r\nlines\r\n");
            ask(session, command("DEL", "a", "b", "c"), ":2\r\n");
            ask(session, command("GET", "b"), "$-1\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatItDoesNotUnderstandIsAnError(Kind kind) throws Exception {
        try (Session session = open(kind)) {
            ask(session, command("FLUSHALL"), "-ERR unknown command\r\n");
            ask(session, command("GET"), "-ERR wrong number of arguments\r\n");
            ask(session, command("SET", "a"), "-ERR wrong number of arguments\r\n");
            ask(session, command("SET", "a", "1", "EX", "9"), "-ERR wrong number of arguments\r\n");
            ask(session, "\r\n" + command("PING"), "+PONG\r\n");
            ask(session, "*1\r\n+PING\r\n", "-ERR Protocol error\r\n");
            assertThat(session.receive(1)).as("the server closes").isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void lengthsThatCannotBeEndTheConnection(Kind kind) throws Exception {
        for (String request :
                new String[] {"*65\r\n", "*1\r\n$1048577\r\n", "*-1\r\n", "*1\r\n$x\r\n", "*\r\n", "*123456789"}) {
            try (Session session = open(kind)) {
                ask(session, request, "-ERR Protocol error\r\n");
                assertThat(session.receive(1)).as("after %s", request).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void commandsMayComeInPiecesOfAnyLength(Kind kind) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StringBuilder requests = new StringBuilder();
        StringBuilder replies = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            String value = "v".repeat(random.nextInt(i % 10 == 0 ? 10_000 : 100));
            requests.append(command("SET", "key" + i, value)).append(command("GET", "key" + i));
            replies.append("+OK\r\n$" + value.length() + "\r\n" + value + "\r\n");
        }
        byte[] all = bytes(requests.toString());
        try (Session session = open(kind)) {
            int sent = 0;
            while (sent < all.length) {
                int length = Math.min(all.length - sent, 1 + random.nextInt(random.nextBoolean() ? 20 : 5_000));
                byte[] piece = new byte[length];
                System.arraycopy(all, sent, piece, 0, length);
                session.send(piece);
                sent += length;
            }
            assertThat(new String(session.receive(replies.length()), StandardCharsets.ISO_8859_1))
                    .as("seed %d", seed)
                    .isEqualTo(replies.toString());
        }
    }

    /** Forty times a megabyte is asked for before the first is read. */
    @ParameterizedTest
    @EnumSource
    void aClientThatReadsLateGetsAll(Kind kind) throws Exception {
        String value = "x".repeat(RespInterpreter.LONGEST_ARGUMENT);
        int times = 40;
        try (Session session = open(kind)) {
            ask(session, command("SET", "large", value), "+OK\r\n");
            session.send(bytes(command("GET", "large").repeat(times) + command("PING")));
            String reply = "$" + value.length() + "\r\n" + value + "\r\n";
            for (int i = 0; i < times; i++) {
                assertThat(new String(session.receive(reply.length()), StandardCharsets.ISO_8859_1).equals(reply))
                        .as("value %d", i)
                        .isTrue();
            }
            ask(session, "", "+PONG\r\n");
        }
    }

    private static final class NioSession implements Session {

        private final NioKeyValueServer server;
        private final Thread thread;
        private final Socket socket;

        NioSession() throws IOException {
            ServerSocketChannel channel = ServerSocketChannel.open();
            server = new NioKeyValueServer(
                    Selector.open(), channel, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            thread = new Thread(() -> {
                try {
                    server.serve();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            thread.start();
            InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
            socket = new Socket(address.getAddress(), address.getPort());
        }

        @Override
        public void send(byte[] request) throws IOException {
            socket.getOutputStream().write(request);
        }

        @Override
        public byte[] receive(int length) throws IOException {
            return socket.getInputStream().readNBytes(length);
        }

        @Override
        public void close() throws IOException {
            socket.close();
            server.close();
            try {
                thread.join(10_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted before the server's end", e);
            }
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private static final class InlineSession implements Session, StreamHandler {

        private static final int ENOUGH = 100;

        private final UserStack stack = UserStack.start(Settings.of(Map.of("link", "none", "memory", "16m")), null);
        private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
        private final StreamServer server;
        private final Stream stream;
        private ByteBuffer rest = ByteBuffer.wrap(END);
        private ByteBuffer toSend = ByteBuffer.wrap(END);

        InlineSession() throws IOException {
            Streams streams = Streams.on(stack);
            server = InlineKeyValueServer.start(
                    streams, new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 198, 18, 0, 2}), 0));
            stream = streams.connect(server.localAddress(), this);
        }

        @Override
        public void opened(Stream at) {
            at.write(toSend);
        }

        @Override
        public void writable(Stream at) {
            at.write(toSend);
        }

        /** A client that reads late: what it does not want yet is left to the stack. */
        @Override
        public void data(Stream from, PacketBytes bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.buffer().get(copy);
            bytes.release();
            received.add(copy);
            if (received.size() >= ENOUGH) {
                from.pauseReading();
            }
        }

        @Override
        public void closed(Stream over, Throwable cause) {
            received.add(END);
        }

        @Override
        public void send(byte[] request) {
            stream.execute(() -> {
                toSend = ByteBuffer.allocate(toSend.remaining() + request.length)
                        .put(toSend)
                        .put(request)
                        .flip();
                stream.write(toSend);
            });
        }

        @Override
        public byte[] receive(int length) throws InterruptedException {
            ByteBuffer all = ByteBuffer.allocate(length);
            while (all.hasRemaining()) {
                if (!rest.hasRemaining()) {
                    byte[] next = received.poll(10, TimeUnit.SECONDS);
                    assertThat(next).as("bytes in ten seconds").isNotNull();
                    if (next == END) {
                        break;
                    }
                    rest = ByteBuffer.wrap(next);
                    if (received.isEmpty()) {
                        stream.execute(stream::resumeReading);
                    }
                }
                int count = Math.min(rest.remaining(), all.remaining());
                all.put(all.position(), rest, rest.position(), count);
                all.position(all.position() + count);
                rest.position(rest.position() + count);
            }
            byte[] bytes = new byte[all.position()];
            all.get(0, bytes);
            return bytes;
        }

        @Override
        public void close() {
            server.close();
            stack.close();
        }
    }
}
