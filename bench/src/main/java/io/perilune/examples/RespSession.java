package io.perilune.examples;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One client: the part of a command that has come, and the replies that have not gone. Both are empty nearly always, and
 * then a message costs no copy here and no memory. One thread.
 */
final class RespSession {

    /** Where replies go. */
    interface Output {

        /** Writes as much as there is room for; the position moves on. */
        int write(ByteBuffer replies) throws IOException;
    }

    /** What the server is to do next. */
    enum Next {
        /** Give more input. */
        READ,
        /** Wait for room, then call {@link #resume}. */
        WAIT_FOR_ROOM,
        /** Close: what came was no command. */
        CLOSE
    }

    /** Once there are more bytes of replies they are written. */
    private static final int ENOUGH = 64 << 10;

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final RespInterpreter interpreter;
    private final ByteBuffer replies;
    private final Output output;
    /** From its position to its limit: input that was not executed. */
    private ByteBuffer input = NONE;

    /** From its position to its limit: replies that were not written. */
    private ByteBuffer unsent = NONE;

    private boolean broken;

    /**
     * Makes the session of a new client.
     *
     * @param replies from {@link #newReplies}; one for all sessions of a thread
     */
    RespSession(RespInterpreter interpreter, ByteBuffer replies, Output output) {
        this.interpreter = interpreter;
        this.replies = replies;
        this.output = output;
    }

    /** Returns the memory in which replies are gathered. */
    static ByteBuffer newReplies() {
        return ByteBuffer.allocateDirect(ENOUGH + RespInterpreter.LONGEST_REPLY);
    }

    /** Executes what has come, all of which is taken. */
    Next receive(ByteBuffer received) throws IOException {
        if (input.hasRemaining() || unsent.hasRemaining()) {
            keep(received);
            return unsent.hasRemaining() ? Next.WAIT_FOR_ROOM : run(input);
        }
        Next next = run(received);
        if (received.hasRemaining()) {
            keep(received);
        }
        return next;
    }

    /** Whether all that is left to do is to close. */
    boolean isOver() {
        return broken && !unsent.hasRemaining();
    }

    /** Goes on where there was no room. */
    Next resume() throws IOException {
        output.write(unsent);
        if (unsent.hasRemaining()) {
            return Next.WAIT_FOR_ROOM;
        }
        unsent = NONE;
        return broken ? Next.CLOSE : run(input);
    }

    private Next run(ByteBuffer commands) throws IOException {
        replies.clear();
        int result = RespInterpreter.DONE;
        while (result == RespInterpreter.DONE) {
            result = interpreter.execute(commands, replies);
            if (replies.position() >= ENOUGH || result != RespInterpreter.DONE) {
                broken = result == RespInterpreter.BROKEN;
                if (!writeReplies()) {
                    return Next.WAIT_FOR_ROOM;
                }
            }
        }
        return broken ? Next.CLOSE : Next.READ;
    }

    private boolean writeReplies() throws IOException {
        replies.flip();
        if (replies.hasRemaining()) {
            output.write(replies);
        }
        if (replies.hasRemaining()) {
            unsent = ByteBuffer.allocateDirect(replies.remaining()).put(replies).flip();
            return false;
        }
        replies.clear();
        return true;
    }

    private void keep(ByteBuffer more) {
        int needed = input.remaining() + more.remaining();
        if (input.capacity() < needed) {
            input = ByteBuffer.allocateDirect(2 * needed).put(input).flip();
        } else if (input.capacity() - input.position() < needed) {
            input.compact().flip();
        }
        int end = input.limit();
        input.limit(end + more.remaining());
        input.put(end, more, more.position(), more.remaining());
        more.position(more.limit());
    }
}
