package io.perilune.compat.apps;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Netty on its NIO transport: echo on ports 7000 and, with TLS, 7001; HTTP on 8000 and, with TLS, 8443. */
public final class NettyServer {

    private static final int BODY_LIMIT = 64 << 20;
    private static final int CHUNK = 64 << 10;

    private NettyServer() {}

    /** Runs it: ADDRESS KEYS ROOT. */
    public static void main(String[] arguments) throws Exception {
        SslContext tls = SslContextBuilder.forServer(Keys.own(arguments[1]))
                .sslProvider(SslProvider.JDK)
                .build();
        Path root = Path.of(arguments[2]);
        EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoopGroup workers = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        ServerBootstrap server = new ServerBootstrap().group(acceptor, workers).channel(NioServerSocketChannel.class);
        bind(server, arguments[0], 7000, new Pipeline(null, null));
        bind(server, arguments[0], 7001, new Pipeline(tls, null));
        bind(server, arguments[0], 8000, new Pipeline(null, root));
        bind(server, arguments[0], 8443, new Pipeline(tls, root));
        System.out.println("ready");
    }

    private static void bind(ServerBootstrap server, String address, int port, ChannelHandler pipeline)
            throws InterruptedException {
        server.clone().childHandler(pipeline).bind(address, port).sync();
    }

    private static final class Pipeline extends ChannelInitializer<SocketChannel> {
        private final SslContext tls;
        private final Path root;

        Pipeline(SslContext tls, Path root) {
            this.tls = tls;
            this.root = root;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            if (tls != null) {
                channel.pipeline().addLast(tls.newHandler(channel.alloc()));
            }
            if (root == null) {
                channel.pipeline().addLast(new Echo());
            } else {
                channel.pipeline()
                        .addLast(
                                new HttpServerCodec(),
                                new HttpServerKeepAliveHandler(),
                                new HttpObjectAggregator(BODY_LIMIT),
                                new ChunkedWriteHandler(),
                                new Web(root));
            }
        }
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    private static final class Web extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Path root;

        Web(Path root) {
            this.root = root;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) throws IOException {
            if (request.uri().startsWith("/files/")) {
                send(context, root.resolve(request.uri().substring(1)));
                return;
            }
            var response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.OK,
                    request.content().retain());
            response.headers()
                    .set(HttpHeaderNames.CONTENT_LENGTH, request.content().readableBytes());
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        private static void send(ChannelHandlerContext context, Path file) throws IOException {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, channel.size());
            context.write(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            if (context.pipeline().get(SslHandler.class) == null) {
                context.write(new DefaultFileRegion(channel, 0, channel.size()))
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            } else {
                context.writeAndFlush(new HttpChunkedInput(new ChunkedNioFile(channel, CHUNK)))
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }
    }
}
