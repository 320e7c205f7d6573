package io.perilune.stress;

import java.util.Arrays;

/** What a model's variables are at one moment: small numbers, each model names its own. */
final class Snapshot {

    private final byte[] values;

    Snapshot(int variables) {
        this(new byte[variables]);
    }

    private Snapshot(byte[] values) {
        this.values = values;
    }

    int get(int variable) {
        return values[variable];
    }

    boolean is(int variable) {
        return values[variable] != 0;
    }

    void set(int variable, int value) {
        values[variable] = (byte) value;
        assert values[variable] == value : variable + " is " + value;
    }

    void set(int variable, boolean value) {
        values[variable] = (byte) (value ? 1 : 0);
    }

    void add(int variable, int amount) {
        set(variable, get(variable) + amount);
    }

    Snapshot copy() {
        return new Snapshot(values.clone());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Snapshot && Arrays.equals(values, ((Snapshot) other).values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }
}
