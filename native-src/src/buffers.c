/* Packet memory: slabs from EAL's memory, cells, and the mbufs that carry their counts. */

#include "buffers.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include "error.h"
#include "port.h"

/*
 * A mempool as a plain stack: the cell freed last is used next, while the cache still has it. DPDK's rings are first
 * in, first out, and would touch all the memory in turn; its own stack takes a lock. A queue's pool is used by that
 * queue's driver only, one thread at a time, so this one needs none.
 */
#define STACK_OPS "perilune_stack"

/* More than the descriptors of a device's ring, and a burst. */
#define TRANSMIT_MBUFS 2047

struct stack {
    struct pl_pool *owner; /* of cells; NULL where there are none */
    uint32_t size;
    uint32_t count;
    void *objects[];
};

static int stack_alloc(struct rte_mempool *mempool)
{
    struct stack *stack = rte_zmalloc(STACK_OPS, sizeof(*stack) + mempool->size * sizeof(void *), 64);
    if (stack == NULL) {
        rte_errno = ENOMEM;
        return -ENOMEM;
    }
    stack->size = mempool->size;
    mempool->pool_data = stack;
    return 0;
}

static void stack_free(struct rte_mempool *mempool)
{
    rte_free(mempool->pool_data);
}

static int stack_enqueue(struct rte_mempool *mempool, void *const *objects, unsigned int count)
{
    struct stack *stack = mempool->pool_data;
    if (count > stack->size - stack->count) {
        return -ENOBUFS;
    }
    for (unsigned int i = 0; i < count; i++) {
        stack->objects[stack->count++] = objects[i];
    }
    return 0;
}

static int stack_dequeue(struct rte_mempool *mempool, void **objects, unsigned int count)
{
    struct stack *stack = mempool->pool_data;
    if (count > stack->count) {
        return -ENOBUFS;
    }
    for (unsigned int i = 0; i < count; i++) {
        objects[i] = stack->objects[--stack->count];
    }
    return 0;
}

static unsigned int stack_count(const struct rte_mempool *mempool)
{
    const struct stack *stack = mempool->pool_data;
    return stack->count;
}

static const struct rte_mempool_ops stack_ops = {
    .name = STACK_OPS,
    .alloc = stack_alloc,
    .free = stack_free,
    .enqueue = stack_enqueue,
    .dequeue = stack_dequeue,
    .get_count = stack_count,
};

RTE_MEMPOOL_REGISTER_OPS(stack_ops);

/* Slabs are never given back to EAL: a Java view of one may outlive its queue, and must not point at nothing. */
#define ZONES_MAX 256

static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone {
    uint8_t *address;
    uint32_t slab_count;
    bool used;
} zones[ZONES_MAX];
static uint32_t zone_count;
static uint32_t pool_number;

static uint8_t *take_zone(uint32_t slab_count, int *code)
{
    uint8_t *address = NULL;
    pthread_mutex_lock(&zones_lock);
    for (uint32_t i = 0; i < zone_count && address == NULL; i++) {
        if (!zones[i].used && zones[i].slab_count == slab_count) {
            zones[i].used = true;
            address = zones[i].address;
        }
    }
    if (address == NULL && zone_count < ZONES_MAX) {
        char name[RTE_MEMZONE_NAMESIZE];
        snprintf(name, sizeof(name), "perilune_slabs_%u", zone_count);
        const struct rte_memzone *zone = rte_memzone_reserve_aligned(
            name, (size_t)slab_count * PL_SLAB_LENGTH, SOCKET_ID_ANY, 0, PL_SLAB_LENGTH);
        if (zone == NULL) {
            *code = rte_errno;
        } else {
            address = zone->addr;
            zones[zone_count++] = (struct zone){.address = address, .slab_count = slab_count, .used = true};
        }
    } else if (address == NULL) {
        *code = ENOSPC;
    }
    pthread_mutex_unlock(&zones_lock);
    return address;
}

static void return_zone(const uint8_t *address)
{
    pthread_mutex_lock(&zones_lock);
    for (uint32_t i = 0; i < zone_count; i++) {
        if (zones[i].address == address) {
            zones[i].used = false;
        }
    }
    pthread_mutex_unlock(&zones_lock);
}

/*
 * The device has given up the last reference of a cell that had other holders before: it is free. DPDK calls this when
 * it frees the mbuf that was attached, which is within a burst or a reclaiming: on the thread that drives the queue.
 */
static void return_cell(void *address, void *opaque)
{
    struct rte_mbuf *mbuf = opaque;
    struct pl_pool *pool = ((struct stack *)mbuf->pool->pool_data)->owner;
    uint32_t cell = pl_cell_of(pool, address);
    rte_mbuf_ext_refcnt_set(mbuf->shinfo, 1);
    mbuf->ol_flags = RTE_MBUF_F_EXTERNAL;
    if (pool->lent[cell]) {
        pl_cell_unlend(pool, cell);
        ((struct pl_slab *)pool->slabs)->returned++;
    }
    rte_mbuf_raw_free(mbuf);
}

/*
 * Notes an mbuf under its cell's number and moves its count to the slab; leaves a hole, which pl_pool_open finds, if it
 * is not where it should be.
 */
static void note_mbuf(struct rte_mempool *mempool, void *opaque, void *object, unsigned int index)
{
    (void)mempool;
    (void)index;
    struct pl_pool *pool = opaque;
    struct rte_mbuf *mbuf = object;
    uint8_t *address = mbuf->buf_addr;
    if (address < pool->slabs || address >= pool->slabs + (size_t)pool->slab_count * PL_SLAB_LENGTH) {
        return;
    }
    uint32_t cell = pl_cell_of(pool, address);
    uint32_t offset = (uint32_t)((uintptr_t)address % PL_SLAB_LENGTH) - pool->slab_header;
    if (cell < pool->cell_count && offset % pool->cell_size == 0 && mbuf->buf_len == pool->cell_size) {
        pool->mbufs[cell] = mbuf;
        mbuf->shinfo = pl_count_of(pool, cell);
        mbuf->shinfo->free_cb = return_cell;
        mbuf->shinfo->fcb_opaque = mbuf;
        rte_mbuf_ext_refcnt_set(mbuf->shinfo, 1);
    }
}

/* Makes the mbufs for pieces that have other holders; they have no memory of their own. */
static bool make_transmit_mbufs(struct pl_pool *pool, uint32_t number, int *code)
{
    char name[RTE_MEMPOOL_NAMESIZE];
    snprintf(name, sizeof(name), "perilune_tx_%u", number);
    pool->transmit = rte_pktmbuf_pool_create_by_ops(name, TRANSMIT_MBUFS, 0, 0, 0, SOCKET_ID_ANY, STACK_OPS);
    *code = pool->transmit == NULL ? rte_errno : 0;
    return pool->transmit != NULL;
}

static bool make_mbufs(struct pl_pool *pool, int *code)
{
    struct rte_pktmbuf_extmem *cells = calloc(pool->slab_count, sizeof(*cells));
    if (cells == NULL) {
        *code = ENOMEM;
        return false;
    }
    pthread_mutex_lock(&zones_lock);
    uint32_t number = pool_number++;
    pthread_mutex_unlock(&zones_lock);
    for (uint32_t i = 0; i < pool->slab_count; i++) {
        uint8_t *address = pool->slabs + (size_t)i * PL_SLAB_LENGTH;
        struct pl_slab *header = (struct pl_slab *)address;
        *header = (struct pl_slab){.magic = PL_SLAB_MAGIC,
                                   .iova = rte_mem_virt2iova(address),
                                   .first_cell = i * pool->cells_per_slab,
                                   .cell_count = pool->cells_per_slab,
                                   .cell_size = pool->cell_size,
                                   .owner = number};
        cells[i] = (struct rte_pktmbuf_extmem){.buf_ptr = address + pool->slab_header,
                                               .buf_iova = header->iova + pool->slab_header,
                                               .buf_len = (size_t)pool->cells_per_slab * pool->cell_size,
                                               .elt_size = (uint16_t)pool->cell_size};
    }
    char name[RTE_MEMPOOL_NAMESIZE];
    snprintf(name, sizeof(name), "perilune_%u", number);
    *code = -rte_mbuf_set_user_mempool_ops(STACK_OPS);
    if (*code == 0) {
        /* No cache: those are for EAL's threads only, which the application's are not. */
        pool->mempool = rte_pktmbuf_pool_create_extbuf(name, pool->cell_count, 0, 0, (uint16_t)pool->cell_size,
                                                       SOCKET_ID_ANY, cells, pool->slab_count);
        *code = pool->mempool == NULL ? rte_errno : 0;
    }
    free(cells);
    if (pool->mempool == NULL) {
        return false;
    }
    ((struct stack *)pool->mempool->pool_data)->owner = pool;
    return make_transmit_mbufs(pool, number, code);
}

bool pl_pool_open(struct pl_pool *pool, uint32_t slab_count, uint32_t cell_size, int *code)
{
    *pool = (struct pl_pool){.slab_count = slab_count,
                             .cell_size = cell_size,
                             .cells_per_slab = pl_cells_per_slab(cell_size)};
    pool->slab_header = pl_slab_header(pool->cells_per_slab);
    pool->cell_count = slab_count * pool->cells_per_slab;
    pool->slabs = take_zone(slab_count, code);
    if (pool->slabs == NULL) {
        return false;
    }
    pool->mbufs = calloc(pool->cell_count, sizeof(*pool->mbufs));
    pool->lent = calloc(pool->cell_count, 1);
    pool->pieces = calloc(pool->cell_count, 1);
    *code = ENOMEM;
    if (pool->mbufs != NULL && pool->lent != NULL && pool->pieces != NULL && make_mbufs(pool, code)) {
        rte_mempool_obj_iter(pool->mempool, note_mbuf, pool);
        uint32_t cell = 0;
        while (cell < pool->cell_count && pool->mbufs[cell] != NULL) {
            cell++;
        }
        if (cell == pool->cell_count) {
            return true;
        }
        *code = EFAULT; /* an mbuf is not pinned to the cell that Java would take for its own */
    }
    pl_pool_close(pool);
    return false;
}

void pl_pool_close(struct pl_pool *pool)
{
    rte_mempool_free(pool->transmit);
    rte_mempool_free(pool->mempool);
    free(pool->mbufs);
    free(pool->lent);
    free(pool->pieces);
    if (pool->slabs != NULL) {
        return_zone(pool->slabs);
    }
    *pool = (struct pl_pool){0};
}

jobjectArray JNICALL pl_queue_slabs(JNIEnv *env, jclass class, jint handle)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    if (queue == NULL) {
        return NULL;
    }
    jclass buffer = (*env)->FindClass(env, "java/nio/ByteBuffer");
    if (buffer == NULL) {
        return NULL;
    }
    jobjectArray slabs = (*env)->NewObjectArray(env, (jsize)queue->pool.slab_count, buffer, NULL);
    for (uint32_t i = 0; slabs != NULL && i < queue->pool.slab_count; i++) {
        uint8_t *address = queue->pool.slabs + (size_t)i * PL_SLAB_LENGTH;
        jobject slab = (*env)->NewDirectByteBuffer(env, address, PL_SLAB_LENGTH);
        if (slab == NULL) {
            return NULL;
        }
        (*env)->SetObjectArrayElement(env, slabs, (jsize)i, slab);
        (*env)->DeleteLocalRef(env, slab);
    }
    return slabs;
}

jint JNICALL pl_take(JNIEnv *env, jclass class, jint handle, jintArray cells, jint most)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    if (queue == NULL) {
        return 0;
    }
    if (cells == NULL || most < 0 || most > PL_BURST_MAX || most > (*env)->GetArrayLength(env, cells)) {
        pl_throw_state(env, "%d cells cannot be taken at once: 0 to %d, and what the array holds", most, PL_BURST_MAX);
        return 0;
    }
    struct rte_mbuf *mbufs[PL_BURST_MAX];
    jint numbers[PL_BURST_MAX];
    uint32_t count = RTE_MIN((uint32_t)most, rte_mempool_avail_count(queue->pool.mempool));
    if (count == 0 || rte_pktmbuf_alloc_bulk(queue->pool.mempool, mbufs, count) != 0) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cell = pl_cell_of(&queue->pool, mbufs[i]->buf_addr);
        pl_cell_lend(&queue->pool, cell);
        numbers[i] = (jint)cell;
    }
    (*env)->SetIntArrayRegion(env, cells, 0, (jsize)count, numbers);
    return (jint)count;
}

void JNICALL pl_give(JNIEnv *env, jclass class, jint handle, jintArray cells, jint count)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    if (queue == NULL) {
        return;
    }
    if (cells == NULL || count < 0 || count > PL_BURST_MAX || count > (*env)->GetArrayLength(env, cells)) {
        pl_throw_state(env, "%d cells cannot be given at once: 0 to %d, and what the array holds", count,
                       PL_BURST_MAX);
        return;
    }
    jint numbers[PL_BURST_MAX];
    (*env)->GetIntArrayRegion(env, cells, 0, count, numbers);
    for (jint i = 0; i < count; i++) {
        uint32_t cell = (uint32_t)numbers[i];
        bool lent = cell < queue->pool.cell_count && queue->pool.lent[cell];
        uint16_t count_of_cell = lent ? rte_mbuf_ext_refcnt_read(pl_count_of(&queue->pool, cell)) : 0;
        if (count_of_cell != 1) {
            for (jint j = 0; j < i; j++) {
                pl_cell_lend(&queue->pool, (uint32_t)numbers[j]);
            }
            if (lent) {
                pl_throw_state(env, "cell %d given back, which has %u references", numbers[i], count_of_cell);
            } else {
                pl_throw_state(env, "cell %d given back, which is not lent (of %u)", numbers[i],
                               queue->pool.cell_count);
            }
            return;
        }
        pl_cell_unlend(&queue->pool, cell);
    }
    for (jint i = 0; i < count; i++) {
        rte_pktmbuf_free(queue->pool.mbufs[numbers[i]]);
    }
}
