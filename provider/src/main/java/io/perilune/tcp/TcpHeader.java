package io.perilune.tcp;

/** Offsets and flags of the TCP header (RFC 9293 §3.1). */
final class TcpHeader {

    static final int PROTOCOL = 6;

    static final int SOURCE_PORT = 0;
    static final int DESTINATION_PORT = 2;
    static final int SEQUENCE = 4;
    static final int ACKNOWLEDGMENT = 8;
    static final int DATA_OFFSET = 12;
    static final int FLAGS = 13;
    static final int WINDOW = 14;
    static final int CHECKSUM = 16;
    static final int URGENT_POINTER = 18;
    /** Length without options, in bytes. */
    static final int LENGTH = 20;

    static final int FIN = 1;
    static final int SYN = 1 << 1;
    static final int RST = 1 << 2;
    static final int PSH = 1 << 3;
    static final int ACK = 1 << 4;
    static final int URG = 1 << 5;
    /** RFC 3168 §6.1: congestion experienced is echoed; the congestion window was reduced. */
    static final int ECE = 1 << 6;

    static final int CWR = 1 << 7;

    /** The largest window a header can tell without scaling, in bytes. */
    static final int WINDOW_MAX = 65_535;

    private TcpHeader() {}
}
