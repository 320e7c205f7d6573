#ifndef PERILUNE_PORT_H
#define PERILUNE_PORT_H

#include <jni.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffers.h"
#include "layout.h"
#include "memif.h"

#define PL_QUEUES_MAX 128
#define PL_PORT_QUEUES_MAX 64
#define PL_PORTS_MAX  16

/* One queue of a port. Its driver alone uses it, one thread at a time, while it is open. */
struct pl_queue {
    bool open;
    uint32_t generation; /* distinguishes a queue from the one that had its place in the table before */
    uint16_t port;
    uint16_t index;
    enum pl_kind kind;
    struct pl_pool pool;
    struct pl_descriptor *burst; /* memory of a Java direct buffer */
    jobject burst_reference;
    uint64_t dropped;
    uint64_t lost_in_kernel; /* what the socket of an af_packet queue has told of, so far */
    int frame_descriptor;        /* readable when a frame is there, or -1 */
    bool gathers;                /* the device sends frames of several pieces */
    bool arms_interrupt;         /* the interrupt must be switched on before each sleep */
    atomic_bool in_burst; /* only memif: see memif.c */
    struct pl_memif memif;
    atomic_bool ready;    /* the device runs: only a memif client, whose server is not there yet, waits for that */
};

/* Returns the open queue of a handle, or NULL after throwing. Any thread. */
struct pl_queue *pl_queue_of(JNIEnv *env, jint handle);

/* Whether the queue is one of a memif port. */
static inline bool pl_is_memif(const struct pl_queue *queue)
{
    return queue->kind == PL_MEMIF_SERVER || queue->kind == PL_MEMIF_CLIENT;
}

/* Returns what is at a place of the table of queues, below PL_QUEUES_MAX, open or not. */
struct pl_queue *pl_queue_at(uint32_t place);

/* Waits until the queue's driver is in no burst. */
void pl_await_end_of_burst(struct pl_queue *queue);

/*
 * Brackets whatever touches the driver's queues; what lies between happens only if the first returns true. Only memif
 * needs it: there a control thread takes rings and the whole device away, and waits until no queue is in a burst.
 */
static inline bool pl_burst_begin(struct pl_queue *queue)
{
    if (!pl_is_memif(queue)) {
        return true;
    }
    /* Sequentially consistent on both sides: this sees the device taken back, or the other sees the burst. */
    atomic_store_explicit(&queue->in_burst, true, memory_order_seq_cst);
    if (atomic_load_explicit(&queue->ready, memory_order_seq_cst)) {
        return true;
    }
    atomic_store_explicit(&queue->in_burst, false, memory_order_release);
    return false;
}

static inline void pl_burst_end(struct pl_queue *queue)
{
    if (pl_is_memif(queue)) {
        atomic_store_explicit(&queue->in_burst, false, memory_order_release);
    }
}

jintArray JNICALL pl_port_open(JNIEnv *env, jclass class, jint kind, jstring device, jstring arguments,
                               jstring interface, jintArray sizes, jobjectArray bursts);
void JNICALL pl_port_close(JNIEnv *env, jclass class, jint handle);
jlong JNICALL pl_queue_fact(JNIEnv *env, jclass class, jint handle, jint fact);

#endif
