package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The javadoc of AsynchronousServerSocketChannel. */
class AsynchronousServerSocketChannelContractTest extends AsynchronousContract {

    private static final int MANY = 40;

    @Test
    void aNewChannelIsOpenAndNotBound() throws Exception {
        AsynchronousServerSocketChannel listener = unboundListener(null);
        assertThat(listener.isOpen()).isTrue();
        assertThat(listener.provider()).isSameAs(asynchronous());
        assertThat(listener.getLocalAddress()).isNull();
        assertThat(listener.toString()).endsWith("[unbound]");
        assertThatThrownBy(listener::accept).isInstanceOf(NotYetBoundException.class);
        assertThatThrownBy(() -> listener.accept(null, new Told<>())).isInstanceOf(NotYetBoundException.class);
        assertThatThrownBy(() -> listener.accept(null, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("'handler' is null");
    }

    @Test
    void bindGivesAnAddressAndIsDoneOnce() throws Exception {
        AsynchronousServerSocketChannel listener = unboundListener(null);
        assertThatThrownBy(() -> listener.bind(InetSocketAddress.createUnresolved("nowhere", 0)))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> listener.bind(UnixDomainSocketAddress.of("/nowhere")))
                .isInstanceOf(UnsupportedAddressTypeException.class);
        assertThat(listener.bind(loopback(0), 7)).isSameAs(listener);
        assertThat(((InetSocketAddress) listener.getLocalAddress()).getPort()).isPositive();
        assertThat(listener.toString()).endsWith("[" + listener.getLocalAddress() + "]");
        assertThatThrownBy(() -> listener.bind(loopback(0))).isInstanceOf(AlreadyBoundException.class);
        AsynchronousServerSocketChannel second = unboundListener(null);
        InetSocketAddress taken = (InetSocketAddress) listener.getLocalAddress();
        assertThatThrownBy(() -> second.bind(taken)).isInstanceOf(BindException.class);
    }

    @Test
    void anAcceptThatWaitsAndOneThatNeedNotAreTheSame() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        Future<AsynchronousSocketChannel> waiting = listener.accept();
        AsynchronousSocketChannel first = channel();
        await(first.connect(listener.getLocalAddress()));
        AsynchronousSocketChannel accepted = closing(await(waiting));
        assertThat(accepted.getRemoteAddress()).isEqualTo(first.getLocalAddress());
        assertThat(accepted.getLocalAddress()).isEqualTo(listener.getLocalAddress());
        AsynchronousSocketChannel second = channel();
        await(second.connect(listener.getLocalAddress()));
        assertThat(closing(await(listener.accept())).getRemoteAddress()).isEqualTo(second.getLocalAddress());
    }

    @Test
    void theHandlerGetsTheConnectionAndTheAttachment() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        Told<AsynchronousSocketChannel> told = new Told<>();
        listener.accept("attachment", told);
        AsynchronousSocketChannel client = channel();
        await(client.connect(listener.getLocalAddress()));
        AsynchronousSocketChannel accepted = closing(told.result());
        assertThat(told.attachment).isEqualTo("attachment");
        assertThat(accepted.isOpen()).isTrue();
        assertThat(accepted.provider()).isSameAs(asynchronous());
        writeFully(client, bytes("x"));
        assertThat(readFully(accepted, 1)).isEqualTo("x");
    }

    @Test
    void everyConnectionIsAcceptedOnce() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        List<AsynchronousSocketChannel> clients = new ArrayList<>();
        List<Future<Void>> connecting = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            clients.add(channel());
            connecting.add(clients.get(i).connect(listener.getLocalAddress()));
        }
        List<Object> accepted = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            accepted.add(closing(await(listener.accept())).getRemoteAddress());
            await(connecting.get(i));
        }
        List<Object> expected = new ArrayList<>();
        for (AsynchronousSocketChannel client : clients) {
            expected.add(client.getLocalAddress());
        }
        assertThat(accepted).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void oneAcceptIsOutstandingAtMost() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        Future<AsynchronousSocketChannel> waiting = listener.accept();
        assertThatThrownBy(listener::accept).isInstanceOf(AcceptPendingException.class);
        assertThatThrownBy(() -> listener.accept(null, new Told<>())).isInstanceOf(AcceptPendingException.class);
        await(channel().connect(listener.getLocalAddress()));
        closing(await(waiting));
        await(channel().connect(listener.getLocalAddress()));
        closing(await(listener.accept()));
    }

    @Test
    void anAcceptThatIsCancelledIsDoneAndNoOtherFollows() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        Future<AsynchronousSocketChannel> waiting = listener.accept();
        assertThat(waiting.cancel(false)).isTrue();
        assertThat(waiting.isCancelled()).isTrue();
        assertThatThrownBy(waiting::get).isInstanceOf(CancellationException.class);
        assertThat(listener.isOpen()).isTrue();
        assertThatThrownBy(listener::accept).isInstanceOf(RuntimeException.class);
        AsynchronousServerSocketChannel second = listener();
        assertThat(second.accept().cancel(true)).isTrue();
        assertThat(second.isOpen()).isFalse();
    }

    @Test
    void closeEndsAPendingAcceptAndGivesTheAddressBack() throws Exception {
        for (int i = 0; i < 20; i++) {
            AsynchronousServerSocketChannel listener = listener();
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            Told<AsynchronousSocketChannel> told = new Told<>();
            listener.accept(null, told);
            listener.close();
            listener.close();
            assertThat(told.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
            unboundListener(null).bind(address);
        }
    }

    @Test
    void operationsOnAClosedChannelFailAndItsMethodsThrow() throws Exception {
        AsynchronousServerSocketChannel listener = listener();
        listener.close();
        assertThat(failureOf(listener.accept())).isExactlyInstanceOf(ClosedChannelException.class);
        Told<AsynchronousSocketChannel> told = new Told<>();
        listener.accept(null, told);
        assertThat(told.failure()).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> listener.bind(null)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(listener::getLocalAddress).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> listener.getOption(StandardSocketOptions.SO_RCVBUF))
                .isInstanceOf(ClosedChannelException.class);
        assertThat(listener.toString()).endsWith("[closed]");
    }

    @Test
    void optionsOfTheJavadoc() throws Exception {
        AsynchronousServerSocketChannel listener = unboundListener(null);
        assertThat(listener.supportedOptions())
                .contains(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR)
                .doesNotContain(StandardSocketOptions.TCP_NODELAY);
        assertThat(listener.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
        assertThat(listener.setOption(StandardSocketOptions.SO_RCVBUF, 64 << 10))
                .isSameAs(listener);
        assertThat(listener.getOption(StandardSocketOptions.SO_RCVBUF)).isGreaterThanOrEqualTo(64 << 10);
        assertThatThrownBy(() -> listener.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> listener.setOption(StandardSocketOptions.SO_REUSEADDR, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> listener.setOption(null, true)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void aListenerOnTheWildcardServesTheLoopbackAddress() throws Exception {
        AsynchronousServerSocketChannel listener = unboundListener(null).bind(null);
        int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        Future<AsynchronousSocketChannel> waiting = listener.accept();
        AsynchronousSocketChannel client = channel();
        await(client.connect(loopback(port)));
        AsynchronousSocketChannel accepted = closing(await(waiting));
        Future<Integer> reading = accepted.read(ByteBuffer.allocate(1));
        writeFully(client, bytes("x"));
        assertThat(await(reading)).isEqualTo(1);
        InetSocketAddress address = loopback(port);
        listener.close();
        unboundListener(null).bind(address);
    }
}
