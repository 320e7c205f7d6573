#ifndef PERILUNE_BUFFERS_H
#define PERILUNE_BUFFERS_H

#include <jni.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "layout.h"

/*
 * The packet memory of one queue: slabs cut into cells, an mbuf pinned to each cell. Owned by the queue's driver, one
 * thread at a time; nothing here is locked.
 */
struct pl_pool {
    struct rte_mempool *mempool;
    uint8_t *slabs; /* slab_count of them, one behind the other */
    uint32_t slab_count;
    uint32_t cell_size;
    uint32_t cells_per_slab;
    uint32_t slab_header;
    uint32_t cell_count;
    struct rte_mempool *transmit; /* mbufs without memory, each attached to a piece that has other holders */
    struct rte_mbuf **mbufs;      /* by cell */
    uint8_t *lent;   /* by cell: 1 while Java, or Java and the device, hold it: no number from Java is believed unseen */
    uint8_t *pieces; /* by cell: how often it is in the burst that is being checked; else 0 */
    uint32_t lent_count;
};

/* Makes the pool; on failure leaves nothing behind and returns false with DPDK's code in *code. */
bool pl_pool_open(struct pl_pool *pool, uint32_t slab_count, uint32_t cell_size, int *code);

/* Frees the mbufs. The slabs stay mapped and are used again by the next pool: Java may still look at them. */
void pl_pool_close(struct pl_pool *pool);

/* The cell in which an address lies; the address is in one of the pool's slabs. Slabs' headers are Java's to write. */
static inline uint32_t pl_cell_of(const struct pl_pool *pool, const void *address)
{
    size_t offset = (size_t)((const uint8_t *)address - pool->slabs);
    uint32_t in_slab = (uint32_t)(offset % PL_SLAB_LENGTH) - pool->slab_header;
    return (uint32_t)(offset / PL_SLAB_LENGTH) * pool->cells_per_slab + in_slab / pool->cell_size;
}

static inline struct pl_slab *pl_slab_of(const struct pl_pool *pool, uint32_t cell)
{
    return (struct pl_slab *)(pool->slabs + (size_t)(cell / pool->cells_per_slab) * PL_SLAB_LENGTH);
}

/* The count of references of a cell. */
static inline struct rte_mbuf_ext_shared_info *pl_count_of(const struct pl_pool *pool, uint32_t cell)
{
    return &pl_slab_of(pool, cell)->counts[cell % pool->cells_per_slab];
}

static inline void pl_cell_lend(struct pl_pool *pool, uint32_t cell)
{
    pool->lent[cell] = 1;
    pool->lent_count++;
}

static inline void pl_cell_unlend(struct pl_pool *pool, uint32_t cell)
{
    pool->lent[cell] = 0;
    pool->lent_count--;
}

jobjectArray JNICALL pl_queue_slabs(JNIEnv *env, jclass class, jint handle);
jint JNICALL pl_take(JNIEnv *env, jclass class, jint handle, jintArray cells, jint most);
void JNICALL pl_give(JNIEnv *env, jclass class, jint handle, jintArray cells, jint count);

#endif
