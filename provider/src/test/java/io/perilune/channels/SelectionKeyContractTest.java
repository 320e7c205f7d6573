package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;

class SelectionKeyContractTest extends Contract {

    private SelectionKey key(int ops) throws Exception {
        SocketChannel channel = pair().client();
        channel.configureBlocking(false);
        return channel.register(selector(), ops, "attachment");
    }

    @Test
    void itNamesItsChannelSelectorAndAttachment() throws Exception {
        SocketChannel channel = pair().client();
        channel.configureBlocking(false);
        Selector selector = selector();
        SelectionKey key = channel.register(selector, SelectionKey.OP_READ, "attachment");
        assertThat(key.channel()).isSameAs(channel);
        assertThat(key.selector()).isSameAs(selector);
        assertThat(key.attachment()).isEqualTo("attachment");
        assertThat(key.attach(null)).isEqualTo("attachment");
        assertThat(key.attachment()).isNull();
    }

    @Test
    void interestOpsAreThoseOfTheRegistration() throws Exception {
        assertThat(key(SelectionKey.OP_READ).interestOps()).isEqualTo(SelectionKey.OP_READ);
    }

    @Test
    void interestOpsReturnsTheKey() throws Exception {
        SelectionKey key = key(0);
        assertThat(key.interestOps(SelectionKey.OP_WRITE)).isSameAs(key);
        assertThat(key.interestOps()).isEqualTo(SelectionKey.OP_WRITE);
    }

    @Test
    void interestOpsOrAndAndReturnThePreviousSet() throws Exception {
        SelectionKey key = key(SelectionKey.OP_READ);
        assertThat(key.interestOpsOr(SelectionKey.OP_WRITE)).isEqualTo(SelectionKey.OP_READ);
        assertThat(key.interestOps()).isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        assertThat(key.interestOpsAnd(~SelectionKey.OP_READ)).isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        assertThat(key.interestOps()).isEqualTo(SelectionKey.OP_WRITE);
    }

    @Test
    void opsThatTheChannelDoesNotSupportAreRefused() throws Exception {
        SelectionKey key = key(0);
        assertThatThrownBy(() -> key.interestOps(SelectionKey.OP_ACCEPT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> key.interestOpsOr(SelectionKey.OP_ACCEPT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(key.interestOps()).isZero();
    }

    @Test
    void registrationWithUnsupportedOpsIsRefused() throws Exception {
        ServerSocketChannel server = server();
        server.configureBlocking(false);
        Selector selector = selector();
        assertThatThrownBy(() -> server.register(selector, SelectionKey.OP_READ))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(server.validOps()).isEqualTo(SelectionKey.OP_ACCEPT);
        assertThat(socket().validOps())
                .isEqualTo(SelectionKey.OP_CONNECT | SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    @Test
    void registrationOfABlockingChannelIsRefused() throws Exception {
        SocketChannel channel = pair().client();
        Selector selector = selector();
        assertThatThrownBy(() -> channel.register(selector, SelectionKey.OP_READ))
                .isInstanceOf(IllegalBlockingModeException.class);
    }

    @Test
    void registrationOfAClosedChannelIsRefused() throws Exception {
        SocketChannel channel = socket();
        channel.close();
        Selector selector = selector();
        assertThatThrownBy(() -> channel.register(selector, SelectionKey.OP_READ))
                .isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void everythingOfACancelledKeyButItsIdentityThrows() throws Exception {
        SelectionKey key = key(SelectionKey.OP_READ);
        key.cancel();
        key.cancel();
        assertThat(key.isValid()).isFalse();
        assertThat(key.channel()).isNotNull();
        assertThat(key.selector()).isNotNull();
        assertThat(key.attachment()).isEqualTo("attachment");
        assertThatThrownBy(key::interestOps).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(() -> key.interestOps(0)).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(() -> key.interestOpsOr(0)).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(() -> key.interestOpsAnd(0)).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(key::readyOps).isInstanceOf(CancelledKeyException.class);
        assertThatThrownBy(key::isReadable).isInstanceOf(CancelledKeyException.class);
    }

    @Test
    void configureBlockingOfARegisteredChannelIsRefusedUntilTheKeyIsCancelled() throws Exception {
        SelectionKey key = key(SelectionKey.OP_READ);
        key.selector().selectNow();
        assertThatThrownBy(() -> key.channel().configureBlocking(true))
                .isInstanceOf(IllegalBlockingModeException.class);
        key.cancel();
        key.channel().configureBlocking(true);
        assertThat(key.channel().isBlocking()).isTrue();
        assertThat(key.channel().isRegistered()).isTrue();
        key.selector().selectNow();
        assertThat(key.channel().isRegistered()).isFalse();
    }

    @Test
    void closeOfTheChannelCancelsTheKey() throws Exception {
        SelectionKey key = key(SelectionKey.OP_READ);
        key.channel().close();
        assertThat(key.isValid()).isFalse();
    }

    @Test
    void keysAreEqualOnlyToThemselves() throws Exception {
        SelectionKey key = key(0);
        int hash = key.hashCode();
        assertThat(key).isNotEqualTo(key(0));
        key.cancel();
        assertThat(key.hashCode()).isEqualTo(hash);
    }

    @Test
    void toStringTellsTheSetsAndLaterThatItIsInvalid() throws Exception {
        SelectionKey key = key(SelectionKey.OP_READ);
        assertThat(key.toString()).startsWith("channel=").endsWith(", interestOps=1, readyOps=0");
        key.cancel();
        assertThat(key.toString()).endsWith(", invalid");
    }

    @Test
    void readyOpsStayUntilTheNextSelection() throws Exception {
        SelectionKey key = key(SelectionKey.OP_WRITE);
        key.selector().select();
        key.interestOps(0);
        assertThat(key.readyOps()).isEqualTo(SelectionKey.OP_WRITE);
    }
}
