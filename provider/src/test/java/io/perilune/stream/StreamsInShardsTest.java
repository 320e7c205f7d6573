package io.perilune.stream;

import io.perilune.loop.StackUser;
import io.perilune.loop.UserStack;

/** The same over a stack of three shards: a server listens on each, and the streams are spread over them. */
class StreamsInShardsTest extends StreamsTest {

    @Override
    UserStack start() {
        return StackUser.loopbackStack("queues", "3");
    }
}
