package io.perilune.tcp;

/**
 * Data of one connection that came before its turn: ranges that do not touch, in order, each a list of records. Bounded
 * in ranges and in records; lent to a connection by {@link TcpMemory} only while something is missing. Owned by the shard's
 * driver.
 */
final class OutOfOrderQueue {

    static final int RANGES_MAX = 128;

    /** What became of a segment's data. */
    enum Result {
        STORED,
        DUPLICATE,
        FULL
    }

    private final int[] left = new int[RANGES_MAX];
    private final int[] right = new int[RANGES_MAX];
    private final SegmentRecord[] first = new SegmentRecord[RANGES_MAX];
    private final SegmentRecord[] last = new SegmentRecord[RANGES_MAX];
    /** When a range last grew, in segments: RFC 2018 §4 wants the newest reported first. */
    private final int[] stamp = new int[RANGES_MAX];

    private int count;
    private int stamps;
    private int records;
    // Whose it is and its neighbours among those that are lent: see TcpMemory.
    TcpConnection connection;
    OutOfOrderQueue earlier;
    OutOfOrderQueue later;
    /** What {@link #isPartKnown} found. */
    int knownLeft;

    int knownRight;

    int ranges() {
        return count;
    }

    int records() {
        return records;
    }

    int left(int range) {
        return left[range];
    }

    int right(int range) {
        return right[range];
    }

    /** Finds the first part of what is to be stored that is there already; {@link #knownLeft} says where. */
    boolean isPartKnown(int from, int to) {
        int at = count;
        while (at > 0 && SeqNum.after(right[at - 1], from)) {
            at--;
        }
        if (at == count || SeqNum.afterOrEqual(left[at], to)) {
            return false;
        }
        knownLeft = SeqNum.max(left[at], from);
        knownRight = SeqNum.min(right[at], to);
        return true;
    }

    /**
     * Stores a segment's data, of which what is there already is cut off. On STORED the segment's reference is taken.
     */
    Result insert(TcpSegment segment, int recordLimit, RecordPool pool) {
        int from = segment.seq;
        int to = from + segment.dataLength;
        int at = count;
        while (at > 0 && SeqNum.afterOrEqual(right[at - 1], from)) {
            at--;
        }
        // Range `at` is the first that ends at or behind the segment's begin.
        boolean joinsLeft = at < count && SeqNum.beforeOrEqual(left[at], from);
        if (joinsLeft) {
            if (SeqNum.afterOrEqual(right[at], to)) {
                stamp[at] = ++stamps;
                return Result.DUPLICATE;
            }
            segment.trimFront(right[at] - from);
            from = right[at];
        }
        int above = joinsLeft ? at + 1 : at;
        int covered = above;
        while (covered < count && SeqNum.beforeOrEqual(right[covered], to)) {
            covered++;
        }
        boolean joinsRight = covered < count && SeqNum.beforeOrEqual(left[covered], to);
        if (records >= recordLimit || (!joinsLeft && !joinsRight && covered == above && count == RANGES_MAX)) {
            return Result.FULL;
        }
        if (joinsRight) {
            segment.dataLength -= to - left[covered];
            to = left[covered];
        }
        for (int i = above; i < covered; i++) {
            releaseAll(i, pool);
        }
        SegmentRecord record = pool.allocate(segment.buffer, segment.dataOffset, segment.dataLength, from);
        segment.buffer = null;
        records++;
        place(record, to, at, above, covered, joinsLeft, joinsRight);
        return Result.STORED;
    }

    /** Puts a record between range at (which it may join), and range covered (which it may join); those between go. */
    private void place(
            SegmentRecord record, int to, int at, int above, int covered, boolean joinsLeft, boolean joinsRight) {
        stamps++;
        if (joinsLeft) {
            last[at].next = record;
            if (joinsRight) {
                record.next = first[covered];
                last[at] = last[covered];
                right[at] = right[covered];
                removeRanges(above, covered + 1);
            } else {
                last[at] = record;
                right[at] = to;
                removeRanges(above, covered);
            }
            stamp[at] = stamps;
        } else if (joinsRight) {
            record.next = first[covered];
            first[covered] = record;
            left[covered] = record.seq;
            stamp[covered] = stamps;
            removeRanges(above, covered);
        } else {
            if (covered == above) {
                openRange(at);
            } else {
                removeRanges(above + 1, covered);
            }
            first[at] = record;
            last[at] = record;
            left[at] = record.seq;
            right[at] = to;
            stamp[at] = stamps;
        }
    }

    /**
     * Removes the first record of the first range if it is next in the stream, or older.
     *
     * @return the record, whose reference and which itself go to the caller, or null
     */
    SegmentRecord poll(int rcvNxt) {
        if (count == 0 || SeqNum.after(left[0], rcvNxt)) {
            return null;
        }
        SegmentRecord record = first[0];
        records--;
        if (record.next == null) {
            removeRanges(0, 1);
        } else {
            first[0] = record.next;
            left[0] = record.next.seq;
        }
        record.next = null;
        return record;
    }

    /**
     * Chooses the ranges to report, the one that grew last first (RFC 2018 §4).
     *
     * @param chosen where their numbers go
     * @return how many, at most `most`
     */
    int newest(int[] chosen, int most) {
        int found = 0;
        while (found < most && found < count) {
            int best = -1;
            for (int i = 0; i < count; i++) {
                if ((best < 0 || stamp[i] - stamp[best] > 0) && !contains(chosen, found, i)) {
                    best = i;
                }
            }
            chosen[found++] = best;
        }
        return found;
    }

    void clear(RecordPool pool) {
        for (int i = 0; i < count; i++) {
            releaseAll(i, pool);
        }
        removeRanges(0, count);
    }

    private static boolean contains(int[] values, int length, int value) {
        for (int i = 0; i < length; i++) {
            if (values[i] == value) {
                return true;
            }
        }
        return false;
    }

    private void releaseAll(int range, RecordPool pool) {
        SegmentRecord record = first[range];
        while (record != null) {
            SegmentRecord next = record.next;
            pool.release(record);
            records--;
            record = next;
        }
        first[range] = null;
        last[range] = null;
    }

    private void openRange(int at) {
        move(at, at + 1, count - at);
        count++;
    }

    private void removeRanges(int from, int to) {
        if (from >= to) {
            return;
        }
        move(to, from, count - to);
        int newCount = count - (to - from);
        for (int i = newCount; i < count; i++) {
            first[i] = null;
            last[i] = null;
        }
        count = newCount;
    }

    private void move(int from, int to, int length) {
        System.arraycopy(left, from, left, to, length);
        System.arraycopy(right, from, right, to, length);
        System.arraycopy(first, from, first, to, length);
        System.arraycopy(last, from, last, to, length);
        System.arraycopy(stamp, from, stamp, to, length);
    }
}
