package io.perilune.dpdk;

/**
 * The kernel's address on a tap: the first host address of the stack's prefix that is not the stack's. Immutable.
 *
 * @param address as a number, or 0 if the prefix has room for one host only
 * @param prefixLength in bits
 */
record KernelSide(int address, int prefixLength) {

    /** What the stack has on a tap when nothing is set. */
    private static final String DEFAULT = "198.18.0.2/24";

    /** Returns the kernel's side for the stack's address as the setting spells it, {@code 198.18.0.2/24} or empty. */
    static KernelSide of(String setting) {
        String text = setting.isEmpty() ? DEFAULT : setting;
        int slash = text.indexOf('/');
        int prefixLength = Integer.parseInt(text.substring(slash + 1));
        int own = 0;
        for (String part : text.substring(0, slash).split("\\.", -1)) {
            own = (own << 8) | Integer.parseInt(part);
        }
        if (prefixLength == 32) {
            return new KernelSide(0, prefixLength);
        }
        int network = own & (-1 << (32 - prefixLength));
        // RFC 3021 §2.1: a prefix of 31 bits has two hosts and neither a network nor a broadcast address.
        int first = prefixLength == 31 ? network : network + 1;
        return new KernelSide(first == own ? first + 1 : first, prefixLength);
    }
}
