package io.perilune.tcp;

/**
 * Finds what belongs to addresses and ports: open addressing with linear probing over entries that hold their own keys.
 * The hash is keyed, so that no outsider can aim at one place (FACTS: hash flooding). Owned by the shard's driver.
 */
final class ConnectionTable {

    private static final int INITIAL_CAPACITY = 64;
    private static final int PORTS = 65_536;

    private final SipHash hash;
    private FlowEntry[] slots = new FlowEntry[INITIAL_CAPACITY];
    private int size;
    private final int[] onPort = new int[PORTS];

    ConnectionTable(long key0, long key1) {
        this.hash = new SipHash(key0, key1, 1, 3);
    }

    int size() {
        return size;
    }

    /** How many have this local port. */
    int onPort(int localPort) {
        return onPort[localPort];
    }

    /** Returns the number of slots, for walks with {@link #slot}. */
    int capacity() {
        return slots.length;
    }

    /** Returns what is in a slot, or null. Removing moves others to lower slots. */
    FlowEntry slot(int index) {
        return slots[index];
    }

    int hashOf(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        SipHash h = hash.begin();
        if (localHigh == 0 && remoteHigh == 0) {
            // IPv4-mapped halves differ in their low words only, but for ::/64 itself, whose upper bits go along too.
            h.word(localLow << 32 | (remoteLow & 0xFFFFFFFFL));
            h.word(((localLow ^ Long.rotateLeft(remoteLow, 16)) & 0xFFFFFFFF00000000L) | (ports & 0xFFFFFFFFL));
        } else {
            h.word(localHigh).word(localLow).word(remoteHigh).word(remoteLow).word(ports);
        }
        return (int) h.finish();
    }

    FlowEntry find(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports, int hashCode) {
        FlowEntry[] table = slots;
        int mask = table.length - 1;
        int index = hashCode & mask;
        FlowEntry entry;
        while ((entry = table[index]) != null) {
            if (entry.hash == hashCode && entry.matches(localHigh, localLow, remoteHigh, remoteLow, ports)) {
                return entry;
            }
            index = (index + 1) & mask;
        }
        return null;
    }

    /** Enters one whose tuple and hash are set and not yet in the table. */
    void add(FlowEntry entry) {
        if ((size + 1) * 2 > slots.length) {
            grow();
        }
        insert(slots, entry);
        onPort[entry.localPortNumber()]++;
        size++;
    }

    /** Puts one in the place of another of the same tuple. */
    void replace(FlowEntry old, FlowEntry replacement) {
        slots[indexOf(old)] = replacement;
    }

    void remove(FlowEntry entry) {
        FlowEntry[] table = slots;
        int mask = table.length - 1;
        int hole = indexOf(entry);
        // Those behind the hole that may move up into it do: no tombstones.
        int index = hole;
        while (true) {
            index = (index + 1) & mask;
            FlowEntry next = table[index];
            if (next == null) {
                break;
            }
            if (((index - (next.hash & mask)) & mask) >= ((index - hole) & mask)) {
                table[hole] = next;
                hole = index;
            }
        }
        table[hole] = null;
        onPort[entry.localPortNumber()]--;
        size--;
    }

    private int indexOf(FlowEntry entry) {
        int mask = slots.length - 1;
        int index = entry.hash & mask;
        while (slots[index] != entry) {
            assert slots[index] != null : "not in the table";
            index = (index + 1) & mask;
        }
        return index;
    }

    private void grow() {
        FlowEntry[] larger = new FlowEntry[slots.length * 2];
        for (FlowEntry entry : slots) {
            if (entry != null) {
                insert(larger, entry);
            }
        }
        slots = larger;
    }

    private static void insert(FlowEntry[] table, FlowEntry entry) {
        int mask = table.length - 1;
        int index = entry.hash & mask;
        while (table[index] != null) {
            index = (index + 1) & mask;
        }
        table[index] = entry;
    }
}
