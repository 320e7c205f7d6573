package io.perilune.examples;

import io.perilune.Perilune;
import io.perilune.stream.Stream;
import io.perilune.stream.StreamHandler;
import io.perilune.stream.StreamServer;
import io.perilune.stream.Streams;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * The key-value server on streams: commands are executed inside packet processing, where they lie in packet memory, and
 * the replies to all that a burst of frames brought leave in the burst that follows.
 */
public final class InlineKeyValueServer {

    private static final int BACKLOG = 1_024;

    private final RespInterpreter interpreter = new RespInterpreter(new KeyValueStore());
    private final ByteBuffer replies = RespSession.newReplies();

    private InlineKeyValueServer() {}

    /** Serves until it is killed: ADDRESS PORT. Prints a line that begins with "ready". */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        StreamServer server = start(Perilune.streams(), address);
        System.out.println("ready on " + server.localAddress());
    }

    /** Begins to serve. */
    static StreamServer start(Streams streams, InetSocketAddress address) throws IOException {
        InlineKeyValueServer server = new InlineKeyValueServer();
        return streams.listen(address, BACKLOG, server::newClient);
    }

    private StreamHandler newClient() {
        return new Client();
    }

    private final class Client implements StreamHandler {

        private RespSession session;

        @Override
        public void opened(Stream stream) {
            session = new RespSession(interpreter, replies, stream::write);
        }

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            try {
                if (session.receive(bytes.buffer()) != RespSession.Next.READ) {
                    waitOrClose(stream);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e); // streams throw none
            } finally {
                bytes.release();
            }
        }

        @Override
        public void writable(Stream stream) {
            try {
                if (session.resume() == RespSession.Next.READ) {
                    stream.resumeReading();
                } else {
                    waitOrClose(stream);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void waitOrClose(Stream stream) {
            if (session.isOver()) {
                stream.close();
            } else {
                stream.pauseReading();
            }
        }
    }
}
