#ifndef PERILUNE_LAYOUT_H
#define PERILUNE_LAYOUT_H

/*
 * What C and Java must see alike: the burst that crosses the border, the slabs, the codes. Java asks for these numbers
 * when it loads the library (Native.layout) and refuses one that differs from its own (BurstArray, DpdkSlabs).
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Raised whenever a native method or one of these structures changes its meaning. */
#define PL_VERSION 2

#define PL_BURST_MAX 32

/* One frame of a burst, in the host's byte order. */
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

#define PL_BURST_BYTES (PL_BURST_MAX * sizeof(struct pl_descriptor))

#define PL_RX_IP_CHECKSUM_GOOD (1u << 0)
#define PL_RX_L4_CHECKSUM_GOOD (1u << 1)
#define PL_RX_L4_CHECKSUM_BAD  (1u << 2)
/* Java keeps a reference to the cell: it is free only when the device is done and Java has given it back too. */
#define PL_TX_KEEP (1u << 8)

/*
 * A slab: 2 MiB, aligned to its length, so that masking the address of anything in it finds this header. The cells
 * follow it; the counts of references lie in the mbufs that are pinned to the cells one to one.
 */
#define PL_SLAB_LENGTH (2u << 20)
#define PL_SLAB_HEADER 2048u
#define PL_SLAB_MAGIC  0x70657269736c6162ull

struct pl_slab {
    uint64_t magic;
    uint64_t iova; /* where a device finds the slab */
    uint32_t first_cell;
    uint32_t cell_count;
    uint32_t cell_size;
};

static_assert(sizeof(struct pl_slab) <= PL_SLAB_HEADER, "the header has its place before the cells");

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
    PL_FACT_SEND_ERRORS = 6    /* times that the device's driver did not send a frame */
};

#endif
