package io.perilune.compat.apps;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;

/**
 * A gRPC service, on port 9000 and, with TLS, 9001: a message is given back; asked for N messages it sends them; a stream
 * of messages is given back one by one.
 */
public final class GrpcServer {

    /** The largest message that is taken. */
    static final int MESSAGE_LIMIT = 32 << 20;

    static final MethodDescriptor<byte[], byte[]> ECHO = method("Echo", MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> COUNT = method("Count", MethodType.SERVER_STREAMING);
    static final MethodDescriptor<byte[], byte[]> CHAT = method("Chat", MethodType.BIDI_STREAMING);

    private GrpcServer() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        ServerServiceDefinition service = ServerServiceDefinition.builder("perilune.Test")
                .addMethod(ECHO, ServerCalls.asyncUnaryCall((request, answer) -> {
                    answer.onNext(request);
                    answer.onCompleted();
                }))
                .addMethod(COUNT, ServerCalls.asyncServerStreamingCall((request, answer) -> {
                    int messages = Integer.parseInt(new String(request, java.nio.charset.StandardCharsets.US_ASCII));
                    for (int i = 0; i < messages; i++) {
                        answer.onNext(Exchange.body(i));
                    }
                    answer.onCompleted();
                }))
                .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(Back::new))
                .build();
        Server plain = NettyServerBuilder.forAddress(new InetSocketAddress(arguments[0], 9000))
                .maxInboundMessageSize(MESSAGE_LIMIT)
                .addService(service)
                .build();
        var credentials = TlsServerCredentials.newBuilder()
                .keyManager(Keys.own(arguments[1]).getKeyManagers())
                .build();
        Server secure = NettyServerBuilder.forAddress(new InetSocketAddress(arguments[0], 9001), credentials)
                .maxInboundMessageSize(MESSAGE_LIMIT)
                .addService(service)
                .build();
        plain.start();
        secure.start();
        System.out.println("ready");
        plain.awaitTermination();
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("perilune.Test", name))
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Back implements StreamObserver<byte[]> {
        private final StreamObserver<byte[]> answer;

        Back(StreamObserver<byte[]> answer) {
            this.answer = answer;
        }

        @Override
        public void onNext(byte[] message) {
            answer.onNext(message);
        }

        @Override
        public void onError(Throwable cause) {
            System.out.println("client gave up: " + cause);
        }

        @Override
        public void onCompleted() {
            answer.onCompleted();
        }
    }
}
