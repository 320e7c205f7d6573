package io.perilune.channels;

import java.nio.channels.SelectionKey;
import java.util.AbstractSet;
import java.util.HashSet;
import java.util.Iterator;

/**
 * The selected-key set: whoever uses the selector may remove from it, only the selector adds. Guarded by its own
 * monitor.
 */
final class SelectedKeys extends AbstractSet<SelectionKey> {

    private final HashSet<SelectionKey> keys = new HashSet<>();

    /** The selector's own way to add: add itself is refused, as the javadoc of Selector says. */
    void insert(SelectionKey key) {
        keys.add(key);
    }

    @Override
    public Iterator<SelectionKey> iterator() {
        return keys.iterator();
    }

    @Override
    public int size() {
        return keys.size();
    }

    @Override
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    @Override
    public boolean contains(Object key) {
        return keys.contains(key);
    }

    @Override
    public boolean remove(Object key) {
        return keys.remove(key);
    }

    @Override
    public void clear() {
        keys.clear();
    }
}
