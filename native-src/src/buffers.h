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
    uint32_t cell_count;
    struct rte_mbuf **mbufs; /* by cell */
    uint8_t *lent;           /* by cell: 1 while Java holds it, so that no number from Java is believed unseen */
    uint32_t lent_count;
};

/* Makes the pool; on failure leaves nothing behind and returns false with DPDK's code in *code. */
bool pl_pool_open(struct pl_pool *pool, uint32_t slab_count, uint32_t cell_size, int *code);

/* Frees the mbufs. The slabs stay mapped and are used again by the next pool: Java may still look at them. */
void pl_pool_close(struct pl_pool *pool);

/* The cell in which an address lies; the address is in one of the pool's slabs. */
static inline uint32_t pl_cell_of(const void *address)
{
    uintptr_t slab = (uintptr_t)address & ~(uintptr_t)(PL_SLAB_LENGTH - 1);
    const struct pl_slab *header = (const struct pl_slab *)slab;
    uint32_t offset = (uint32_t)((uintptr_t)address - slab) - PL_SLAB_HEADER;
    return header->first_cell + offset / header->cell_size;
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
