package io.perilune.compat.apps;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A gRPC client of {@link GrpcServer}: messages in turn and at once, a stream from the server, and one each way. */
public final class GrpcClient {

    private static final int STREAMED = 2000;
    private static final int CHANNELS = 50;

    private GrpcClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        String address = arguments[0];
        exchange(NettyChannelBuilder.forAddress(address, 9000).usePlaintext(), "grpc", address + ":9000");
        var trusted = TlsChannelCredentials.newBuilder()
                .trustManager(Keys.trusted(arguments[1]).getTrustManagers())
                .build();
        exchange(NettyChannelBuilder.forAddress(address, 9001, trusted), "grpcs", address + ":9001");
        for (int i = 0; i < CHANNELS; i++) {
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress(address, 9000).usePlaintext().build();
            unary(channel, Exchange.body(i));
            channel.shutdown().awaitTermination(30, TimeUnit.SECONDS);
        }
        System.out.println(CHANNELS + " channels");
    }

    private static void exchange(NettyChannelBuilder builder, String scheme, String target) throws Exception {
        ManagedChannel channel =
                builder.maxInboundMessageSize(GrpcServer.MESSAGE_LIMIT).build();
        Exchange.run(URI.create(scheme + "://" + target), (uri, body) -> {
            CompletableFuture<byte[]> result = new CompletableFuture<>();
            ClientCalls.asyncUnaryCall(
                    channel.newCall(GrpcServer.ECHO, CallOptions.DEFAULT), body, new Observer(result, 1));
            return result;
        });
        Iterator<byte[]> messages = ClientCalls.blockingServerStreamingCall(
                channel, GrpcServer.COUNT, CallOptions.DEFAULT, ("" + STREAMED).getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < STREAMED; i++) {
            check(Exchange.body(i), messages.next());
        }
        if (messages.hasNext()) {
            throw new IllegalStateException("more messages than asked for");
        }
        CompletableFuture<byte[]> last = new CompletableFuture<>();
        StreamObserver<byte[]> chat = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(GrpcServer.CHAT, CallOptions.DEFAULT), new Observer(last, STREAMED));
        for (int i = 0; i < STREAMED; i++) {
            chat.onNext(Exchange.body(i));
        }
        chat.onCompleted();
        check(Exchange.body(STREAMED - 1), last.get(60, TimeUnit.SECONDS));
        channel.shutdown().awaitTermination(30, TimeUnit.SECONDS);
        System.out.println(scheme + ": " + STREAMED + " from the server, " + STREAMED + " each way");
    }

    private static void unary(ManagedChannel channel, byte[] body) {
        check(body, ClientCalls.blockingUnaryCall(channel, GrpcServer.ECHO, CallOptions.DEFAULT, body));
    }

    private static void check(byte[] expected, byte[] actual) {
        if (!Arrays.equals(expected, actual)) {
            throw new IllegalStateException(actual.length + " bytes for a message of " + expected.length);
        }
    }

    /** Takes so many messages and completes with the last one. */
    private static final class Observer implements StreamObserver<byte[]> {
        private final CompletableFuture<byte[]> result;
        private final int messages;
        private int received;
        private byte[] last;

        Observer(CompletableFuture<byte[]> result, int messages) {
            this.result = result;
            this.messages = messages;
        }

        @Override
        public void onNext(byte[] message) {
            if (messages > 1) {
                check(Exchange.body(received), message);
            }
            received++;
            last = message;
        }

        @Override
        public void onError(Throwable cause) {
            result.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            if (received == messages) {
                result.complete(last);
            } else {
                result.completeExceptionally(new IllegalStateException(received + " messages of " + messages));
            }
        }
    }
}
