package io.perilune.bench;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One connection of a server. */
interface Session {

    /** Does what can be done now, and sets the key's interest. Returns false at the end of the stream. */
    boolean proceed() throws IOException;

    /** Makes those of one server. */
    interface Maker {

        /** Makes one for a channel that does not block, whose key has interest in reading. */
        Session make(SocketChannel channel, SelectionKey key) throws IOException;
    }
}
