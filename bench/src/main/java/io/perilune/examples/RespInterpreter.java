package io.perilune.examples;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Executes commands of the Redis serialization protocol, version 2 (redis.io/docs/latest/develop/reference/protocol-spec):
 * PING, GET, SET without options and DEL, as arrays of bulk strings, or in line. Reads them where they lie and allocates
 * nothing. One thread.
 */
final class RespInterpreter {

    /** What {@link #execute} returns: a command was executed. */
    static final int DONE = 0;
    /** There is no whole command yet. */
    static final int INCOMPLETE = 1;
    /** What came is no command: the connection is to be closed behind the reply. */
    static final int BROKEN = 2;

    /** The longest key or value, in bytes. */
    static final int LONGEST_ARGUMENT = 1 << 20;
    /** The longest command: with more than this an argument or a line is too long. */
    static final int LONGEST_COMMAND = 2 * LONGEST_ARGUMENT + 4_096;
    /** The longest reply, in bytes. */
    static final int LONGEST_REPLY = LONGEST_ARGUMENT + 64;

    private static final int MOST_ARGUMENTS = 64;
    private static final int MOST_DIGITS = 8;
    private static final int LONGEST_NAME = 8;

    // Command names in capitals, their bytes as one number.
    private static final long PING = name("PING");
    private static final long GET = name("GET");
    private static final long SET = name("SET");
    private static final long DEL = name("DEL");

    private static final byte[] PONG = bytes("+PONG\r\n");
    private static final byte[] OK = bytes("+OK\r\n");
    private static final byte[] NOTHING = bytes("$-1\r\n");
    private static final byte[] LINE_END = bytes("\r\n");
    private static final byte[] UNKNOWN = bytes("-ERR unknown command\r\n");
    private static final byte[] WRONG_NUMBER = bytes("-ERR wrong number of arguments\r\n");
    private static final byte[] PROTOCOL_ERROR = bytes("-ERR Protocol error\r\n");

    private final KeyValueStore store;
    private final int[] at = new int[MOST_ARGUMENTS];
    private final int[] length = new int[MOST_ARGUMENTS];
    private int count;

    // Where the parser is in the input.
    private int next;
    private int number;

    RespInterpreter(KeyValueStore store) {
        this.store = store;
    }

    /**
     * Executes the command at the position of the input, which moves behind it if it is whole.
     *
     * @param replies has room for {@link #LONGEST_REPLY}
     */
    int execute(ByteBuffer input, ByteBuffer replies) {
        if (!input.hasRemaining()) {
            return INCOMPLETE;
        }
        int result = input.get(input.position()) == '*' ? parseArray(input) : parseLine(input);
        if (result == BROKEN || (result == INCOMPLETE && input.remaining() > LONGEST_COMMAND)) {
            replies.put(PROTOCOL_ERROR);
            return BROKEN;
        }
        if (result == DONE) {
            if (count > 0) {
                reply(input, replies);
            }
            input.position(next);
        }
        return result;
    }

    private int parseArray(ByteBuffer input) {
        next = input.position() + 1;
        int result = parseNumber(input);
        if (result != DONE) {
            return result;
        }
        if (number > MOST_ARGUMENTS) {
            return BROKEN;
        }
        count = number;
        for (int i = 0; i < count; i++) {
            if (next >= input.limit()) {
                return INCOMPLETE;
            }
            if (input.get(next++) != '$') {
                return BROKEN;
            }
            result = parseNumber(input);
            if (result != DONE) {
                return result;
            }
            if (number > LONGEST_ARGUMENT) {
                return BROKEN;
            }
            at[i] = next;
            length[i] = number;
            next += number;
            if (next + 2 > input.limit()) {
                return INCOMPLETE;
            }
            if (input.get(next) != '\r' || input.get(next + 1) != '\n') {
                return BROKEN;
            }
            next += 2;
        }
        return DONE;
    }

    /** Digits and a line's end. */
    private int parseNumber(ByteBuffer input) {
        int first = next;
        number = 0;
        while (next < input.limit()) {
            byte b = input.get(next++);
            if (b == '\r') {
                if (next == input.limit()) {
                    return INCOMPLETE;
                }
                return input.get(next++) == '\n' && next - first > 2 ? DONE : BROKEN;
            }
            if (b < '0' || b > '9' || next - first > MOST_DIGITS) {
                return BROKEN;
            }
            number = 10 * number + (b - '0');
        }
        return INCOMPLETE;
    }

    /** Words with blanks between, as a person types them. */
    private int parseLine(ByteBuffer input) {
        count = 0;
        boolean inWord = false;
        for (next = input.position(); next < input.limit(); next++) {
            byte b = input.get(next);
            boolean ends = b == '\n' || b == '\r' || b == ' ';
            if (!ends && !inWord) {
                if (count == MOST_ARGUMENTS) {
                    return BROKEN;
                }
                at[count++] = next;
            } else if (ends && inWord) {
                length[count - 1] = next - at[count - 1];
            }
            inWord = !ends;
            if (b == '\n') {
                next++;
                return DONE;
            }
        }
        return INCOMPLETE;
    }

    private void reply(ByteBuffer input, ByteBuffer replies) {
        long name = name(input);
        if (name == GET) {
            get(input, replies);
        } else if (name == SET) {
            set(input, replies);
        } else if (name == PING) {
            ping(input, replies);
        } else if (name == DEL) {
            delete(input, replies);
        } else {
            replies.put(UNKNOWN);
        }
    }

    private void ping(ByteBuffer input, ByteBuffer replies) {
        if (count == 1) {
            replies.put(PONG);
        } else if (count == 2) {
            putLength('$', length[1], replies);
            replies.put(replies.position(), input, at[1], length[1]);
            replies.position(replies.position() + length[1]);
            replies.put(LINE_END);
        } else {
            replies.put(WRONG_NUMBER);
        }
    }

    private void get(ByteBuffer input, ByteBuffer replies) {
        if (count != 2) {
            replies.put(WRONG_NUMBER);
            return;
        }
        KeyValueStore.Entry entry = store.get(input, at[1], length[1]);
        if (entry == null) {
            replies.put(NOTHING);
            return;
        }
        putLength('$', entry.length(), replies);
        entry.writeTo(replies);
        replies.put(LINE_END);
    }

    private void set(ByteBuffer input, ByteBuffer replies) {
        if (count != 3) {
            replies.put(WRONG_NUMBER);
            return;
        }
        store.set(input, at[1], length[1], at[2], length[2]);
        replies.put(OK);
    }

    private void delete(ByteBuffer input, ByteBuffer replies) {
        if (count < 2) {
            replies.put(WRONG_NUMBER);
            return;
        }
        int removed = 0;
        for (int i = 1; i < count; i++) {
            if (store.remove(input, at[i], length[i])) {
                removed++;
            }
        }
        putLength(':', removed, replies);
    }

    private static void putLength(char kind, int value, ByteBuffer replies) {
        replies.put((byte) kind);
        int divisor = 1;
        while (value / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            replies.put((byte) ('0' + value / divisor % 10));
        }
        replies.put(LINE_END);
    }

    private long name(ByteBuffer input) {
        if (length[0] > LONGEST_NAME) {
            return 0;
        }
        long name = 0;
        for (int i = 0; i < length[0]; i++) {
            byte b = input.get(at[0] + i);
            name = name << 8 | (b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b & 0xFF);
        }
        return name;
    }

    private static long name(String text) {
        long name = 0;
        for (byte b : bytes(text)) {
            name = name << 8 | b;
        }
        return name;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
