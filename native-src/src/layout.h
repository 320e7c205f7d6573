#ifndef PERILUNE_LAYOUT_H
#define PERILUNE_LAYOUT_H

/*
 * What C and Java must see alike: the burst that crosses the border, the slabs, the codes. Java asks for these numbers
 * when it loads the library (Native.layout) and refuses one that differs from its own (BurstArray, DpdkSlabs).
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

/* Raised whenever a native method or one of these structures changes its meaning. */
#define PL_VERSION 3

#define PL_BURST_MAX 32

/* Pieces that the frames of a burst have in all: each may have two. */
#define PL_PIECES_MAX (2 * PL_BURST_MAX)

/* A frame of a burst, or one of its two pieces, in the host's byte order. */
struct pl_descriptor {
    uint32_t cell;   /* number of the cell within its queue's pool */
    uint32_t offset; /* of the first byte, from the cell's start */
    uint32_t length; /* in bytes */
    uint32_t flags;  /* PL_RX_* of a received frame, PL_TX_* of one to send */
};

static_assert(sizeof(struct pl_descriptor) == 16, "Java reads descriptors of 16 bytes");
static_assert(offsetof(struct pl_descriptor, cell) == 0, "Java's BurstArray.CELL");
static_assert(offsetof(struct pl_descriptor, offset) == 4, "Java's BurstArray.OFFSET");
static_assert(offsetof(struct pl_descriptor, length) == 8, "Java's BurstArray.LENGTH");
static_assert(offsetof(struct pl_descriptor, flags) == 12, "Java's BurstArray.FLAGS");

#define PL_BURST_BYTES (PL_PIECES_MAX * sizeof(struct pl_descriptor))

#define PL_RX_IP_CHECKSUM_GOOD (1u << 0)
#define PL_RX_L4_CHECKSUM_GOOD (1u << 1)
#define PL_RX_L4_CHECKSUM_BAD  (1u << 2)
/* The cell has other holders: the device gets one reference. Without, the whole cell becomes the device's. */
#define PL_TX_KEEP (1u << 8)
/* The frame goes on in the next descriptor. */
#define PL_TX_MORE (1u << 9)

/*
 * A slab: 2 MiB, aligned to its length, so that masking the address of anything in it finds this header: whose it is,
 * where a device finds it, and a count of references for each cell, the only one that there is: DPDK's (its
 * ext_shared_info), which Java reads and writes too, both on the thread that drives the queue. The cells follow, on a
 * cache line's boundary.
 */
#define PL_SLAB_LENGTH (2u << 20)
#define PL_SLAB_MAGIC  0x70657269736c6162ull
#define PL_CACHE_LINE  64u

struct pl_slab {
    uint64_t magic;
    uint64_t iova; /* where a device finds the slab: that of anything in it is found by addition */
    uint32_t first_cell;
    uint32_t cell_count;
    uint32_t cell_size;
    uint32_t owner;    /* the number of the pool, in the order in which the process made them */
    uint64_t returned; /* in a pool's first slab: cells that came back because the device had the last reference */
    uint64_t spare[3];
    struct rte_mbuf_ext_shared_info counts[];
};

static_assert(offsetof(struct pl_slab, returned) == 32, "Java's Slab.RETURNED");
static_assert(offsetof(struct pl_slab, counts) == 64, "Java's Slab.COUNTS");
static_assert(sizeof(struct rte_mbuf_ext_shared_info) == 24, "Java's Slab.COUNT_LENGTH");
static_assert(offsetof(struct rte_mbuf_ext_shared_info, refcnt) == 16, "Java's Slab.COUNT");
static_assert(sizeof(((struct rte_mbuf_ext_shared_info *)0)->refcnt) == 2, "Java counts in 16 bits");

/* How many cells a slab has: each takes its length and its count, and some bytes may be lost to the alignment. */
static inline uint32_t pl_cells_per_slab(uint32_t cell_size)
{
    return (PL_SLAB_LENGTH - (uint32_t)sizeof(struct pl_slab) - (PL_CACHE_LINE - 1)) /
           (cell_size + (uint32_t)sizeof(struct rte_mbuf_ext_shared_info));
}

/* Where the first cell begins. */
static inline uint32_t pl_slab_header(uint32_t cell_count)
{
    uint32_t length =
        (uint32_t)(sizeof(struct pl_slab) + (size_t)cell_count * sizeof(struct rte_mbuf_ext_shared_info));
    return (length + PL_CACHE_LINE - 1) & ~(PL_CACHE_LINE - 1);
}

/* Bytes left free before a received frame: DPDK's, and memory.BufferPool.HEADROOM in Java. */
#define PL_HEADROOM 128

/* The kinds of links, as Java's LinkName.Kind numbers them. */
enum pl_kind { PL_TAP = 0, PL_MEMIF_SERVER = 1, PL_MEMIF_CLIENT = 2, PL_AF_PACKET = 3, PL_PCI = 4, PL_KINDS = 5 };

/* What Native.queueFact can be asked. */
enum pl_fact {
    PL_FACT_DROPPED = 0,       /* received frames that were dropped: several segments, or no free cell */
    PL_FACT_FREE_CELLS = 1,    /* cells in the native pool */
    PL_FACT_LENT_CELLS = 2,    /* cells that Java holds */
    PL_FACT_ENDS_ON_FRAME = 3, /* 1 if sleeping ends when a frame arrives */
    PL_FACT_LINK_UP = 4,       /* 1 if the link has its other end */
    PL_FACT_MAC = 5,           /* the device's own Ethernet address, in the low 48 bits */
    PL_FACT_SEND_ERRORS = 6,   /* times that the device's driver did not send a frame */
    PL_FACT_GATHERS = 8,       /* 1 if the device sends frames of two pieces */
    PL_FACT_IN_FLIGHT = 7      /* pieces with other holders that the device has not finished with */
};

#endif
