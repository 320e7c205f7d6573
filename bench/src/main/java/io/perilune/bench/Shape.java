package io.perilune.bench;

/**
 * What is asked of each stack.
 *
 * @param service what the server does
 * @param length how long its answers are, in bytes
 * @param connections how many the client has, each with one request outstanding
 */
record Shape(Service service, int length, int connections) {

    private static final int KIB = 1024;

    /** Returns its name in tables and in JSON, as 64B x 16. */
    String label() {
        String size = length % KIB == 0 ? length / KIB + "KiB" : length + "B";
        return size + "x" + connections;
    }
}
