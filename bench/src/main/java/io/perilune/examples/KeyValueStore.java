package io.perilune.examples;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Keys and values in memory, as many as are set. Looks keys up where they lie in a buffer; allocates for a key that is new
 * and for a value that does not fit where the last one was. One thread.
 */
final class KeyValueStore {

    private static final int FIRST_CAPACITY = 1 << 10;

    /** Keys come from strangers: whoever knew the hash could choose them to collide. */
    private final int seed = ThreadLocalRandom.current().nextInt();

    private Entry[] table = new Entry[FIRST_CAPACITY];
    private int size;

    /** Returns how many keys there are. */
    int size() {
        return size;
    }

    /** Sets the value of a key; both are somewhere in the buffer. */
    void set(ByteBuffer bytes, int keyAt, int keyLength, int valueAt, int valueLength) {
        int hash = hash(bytes, keyAt, keyLength);
        Entry entry = find(hash, bytes, keyAt, keyLength);
        if (entry == null) {
            byte[] key = new byte[keyLength];
            bytes.get(keyAt, key, 0, keyLength);
            if (size >= table.length) {
                grow();
            }
            int index = hash & table.length - 1;
            entry = new Entry(hash, key, table[index]);
            table[index] = entry;
            size++;
        }
        if (entry.value.length < valueLength || entry.value.length / 4 > valueLength) {
            entry.value = new byte[valueLength];
        }
        bytes.get(valueAt, entry.value, 0, valueLength);
        entry.valueLength = valueLength;
    }

    /** Returns what belongs to a key, or null. */
    Entry get(ByteBuffer bytes, int keyAt, int keyLength) {
        return find(hash(bytes, keyAt, keyLength), bytes, keyAt, keyLength);
    }

    /** Removes a key. Returns whether it was there. */
    boolean remove(ByteBuffer bytes, int keyAt, int keyLength) {
        int hash = hash(bytes, keyAt, keyLength);
        Entry found = find(hash, bytes, keyAt, keyLength);
        if (found == null) {
            return false;
        }
        int index = hash & table.length - 1;
        if (table[index] == found) {
            table[index] = found.next;
        } else {
            Entry before = table[index];
            while (before.next != found) {
                before = before.next;
            }
            before.next = found.next;
        }
        size--;
        return true;
    }

    private Entry find(int hash, ByteBuffer bytes, int at, int length) {
        Entry entry = table[hash & table.length - 1];
        while (entry != null && !(entry.hash == hash && entry.hasKey(bytes, at, length))) {
            entry = entry.next;
        }
        return entry;
    }

    private int hash(ByteBuffer bytes, int at, int length) {
        int hash = seed;
        for (int i = at; i < at + length; i++) {
            hash = (hash ^ bytes.get(i)) * 0x01000193;
        }
        return hash ^ hash >>> 15;
    }

    private void grow() {
        Entry[] larger = new Entry[2 * table.length];
        for (Entry first : table) {
            Entry entry = first;
            while (entry != null) {
                Entry next = entry.next;
                int index = entry.hash & larger.length - 1;
                entry.next = larger[index];
                larger[index] = entry;
                entry = next;
            }
        }
        table = larger;
    }

    /** A key with its value. */
    static final class Entry {

        private final int hash;
        private final byte[] key;
        private Entry next;
        private byte[] value = {};
        private int valueLength;

        private Entry(int hash, byte[] key, Entry next) {
            this.hash = hash;
            this.key = key;
            this.next = next;
        }

        /** Returns how long the value is, in bytes. */
        int length() {
            return valueLength;
        }

        /** Appends the value to a buffer, which has room for it. */
        void writeTo(ByteBuffer destination) {
            destination.put(value, 0, valueLength);
        }

        private boolean hasKey(ByteBuffer bytes, int at, int length) {
            if (key.length != length) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (key[i] != bytes.get(at + i)) {
                    return false;
                }
            }
            return true;
        }
    }
}
