package io.perilune.compat.apps;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;

/** Netty's NIO transport as a client of {@link NettyServer}: echoes, plain and by TLS, then HTTP, plain and by TLS. */
public final class NettyClient {

    private static final int BODY_LIMIT = 64 << 20;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final SslContext tls;

    private NettyClient(SslContext tls) {
        this.tls = tls;
    }

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        NettyClient client = new NettyClient(SslContextBuilder.forClient()
                .trustManager(Keys.trusted(arguments[1]))
                .sslProvider(SslProvider.JDK)
                .build());
        Exchange.run(URI.create("echo://" + arguments[0] + ":7000"), client::echo);
        Exchange.run(URI.create("echos://" + arguments[0] + ":7001"), client::echo);
        Exchange.run(URI.create("http://" + arguments[0] + ":8000/echo"), client::post);
        Exchange.run(URI.create("https://" + arguments[0] + ":8443/echo"), client::post);
        client.group.shutdownGracefully().sync();
    }

    private CompletableFuture<byte[]> echo(URI uri, byte[] body) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        open(uri, answer, new Collector(answer, body));
        return answer;
    }

    private CompletableFuture<byte[]> post(URI uri, byte[] body) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        var request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.POST, uri.getPath(), Unpooled.wrappedBuffer(body));
        request.headers()
                .set(HttpHeaderNames.HOST, uri.getAuthority())
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        open(uri, answer, new HttpClientCodec(), new HttpObjectAggregator(BODY_LIMIT), new Answer(answer, request));
        return answer;
    }

    private void open(URI uri, CompletableFuture<byte[]> answer, ChannelHandler... handlers) {
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (uri.getScheme().endsWith("s")) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc(), uri.getHost(), uri.getPort()));
                        }
                        channel.pipeline().addLast(handlers);
                    }
                })
                .connect(uri.getHost(), uri.getPort())
                .addListener((ChannelFutureListener) future -> {
                    if (!future.isSuccess()) {
                        answer.completeExceptionally(future.cause());
                    }
                });
    }

    /** Sends a body, if there is any, takes bytes until all are there, then closes. */
    private static final class Collector extends SimpleChannelInboundHandler<ByteBuf> {
        private final CompletableFuture<byte[]> answer;
        private final byte[] body;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Collector(CompletableFuture<byte[]> answer, byte[] body) {
            this.answer = answer;
            this.body = body;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (body.length > 0) {
                context.writeAndFlush(Unpooled.wrappedBuffer(body))
                        .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            }
            closeWhenWhole(context);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf received) throws IOException {
            received.readBytes(bytes, received.readableBytes());
            closeWhenWhole(context);
        }

        private void closeWhenWhole(ChannelHandlerContext context) {
            if (bytes.size() >= body.length) {
                context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer.complete(bytes.toByteArray());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            answer.completeExceptionally(cause);
        }
    }

    private static final class Answer extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final CompletableFuture<byte[]> answer;
        private final FullHttpRequest request;

        Answer(CompletableFuture<byte[]> answer, FullHttpRequest request) {
            this.answer = answer;
            this.request = request;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(request).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            if (response.status().code() == 200) {
                answer.complete(ByteBufUtil.getBytes(response.content()));
            } else {
                answer.completeExceptionally(new IOException("status " + response.status()));
            }
            context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer.completeExceptionally(new IOException("closed before the answer"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            answer.completeExceptionally(cause);
        }
    }
}
