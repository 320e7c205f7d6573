package io.perilune.bench;

/** What is measured. */
enum Metric {
    /** Answers in a second. */
    PER_SECOND("per_second", "1/s"),
    /** Bits of answers in a second. */
    GBPS("gbps", "Gb/s"),
    /** From the request's write to its answer's last byte: the median. */
    P50("p50", "ns"),
    /** Likewise: 99 % take no longer. */
    P99("p99", "ns"),
    /** Likewise: 99.9 % take no longer. */
    P99_9("p99.9", "ns"),
    /** Heap that the server's threads allocate for an answer, the stack's threads among them. */
    SERVER_ALLOCATED("server_bytes_per_operation", "B"),
    /** Heap that the client's threads allocate for a request. */
    CLIENT_ALLOCATED("client_bytes_per_operation", "B"),
    /** How much of one core the server's process uses. */
    SERVER_CPU("cpu_percent", "%"),
    /** How much of one core the client's process uses. */
    CLIENT_CPU("client_cpu_percent", "%");

    private final String label;
    private final String unit;

    Metric(String label, String unit) {
        this.label = label;
        this.unit = unit;
    }

    /** Returns its name in JSON. */
    String label() {
        return label;
    }

    /** Returns its unit in JSON. */
    String unit() {
        return unit;
    }
}
