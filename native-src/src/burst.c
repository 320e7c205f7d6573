/* The packet path: up to 32 frames a call through the queue's shared buffer. Nothing Java wrote there is trusted. */

#include "burst.h"

#include <poll.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "error.h"
#include "port.h"

static uint32_t checksum_flags(uint64_t offload_flags)
{
    uint32_t flags = 0;
    if ((offload_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD) {
        flags |= PL_RX_IP_CHECKSUM_GOOD;
    }
    if ((offload_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD) {
        flags |= PL_RX_L4_CHECKSUM_GOOD;
    } else if ((offload_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD) {
        flags |= PL_RX_L4_CHECKSUM_BAD;
    }
    return flags;
}

jint JNICALL pl_rx_burst(JNIEnv *env, jclass class, jint handle)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    if (queue == NULL) {
        return 0;
    }
    struct rte_mbuf *mbufs[PL_BURST_MAX];
    uint16_t count = queue->early_count;
    if (count > 0) {
        memcpy(mbufs, queue->early, count * sizeof(mbufs[0]));
        queue->early_count = 0;
    } else if (pl_burst_begin(queue)) {
        count = rte_eth_rx_burst(queue->port, queue->index, mbufs, PL_BURST_MAX);
        pl_burst_end(queue);
    }
    uint32_t told = 0;
    for (uint16_t i = 0; i < count; i++) {
        struct rte_mbuf *mbuf = mbufs[i];
        /* Ports are set up so that a frame fits one cell; a peer that sends a longer one is not served. */
        if (mbuf->nb_segs != 1 && rte_pktmbuf_linearize(mbuf) != 0) {
            rte_pktmbuf_free(mbuf);
            queue->dropped++;
            continue;
        }
        uint32_t cell = pl_cell_of(mbuf->buf_addr);
        pl_cell_lend(&queue->pool, cell);
        queue->burst[told++] = (struct pl_descriptor){.cell = cell,
                                                      .offset = mbuf->data_off,
                                                      .length = mbuf->data_len,
                                                      .flags = checksum_flags(mbuf->ol_flags)};
    }
    return (jint)told;
}

/* Reads the descriptors to send and checks each; returns false after throwing, with nothing changed. */
static bool check_frames(JNIEnv *env, struct pl_queue *queue, struct pl_descriptor *frames, jint count)
{
    if (count < 0 || count > PL_BURST_MAX) {
        pl_throw_state(env, "a burst of %d frames: there can be 0 to %d", count, PL_BURST_MAX);
        return false;
    }
    memcpy(frames, queue->burst, (size_t)count * sizeof(*frames));
    for (jint i = 0; i < count; i++) {
        const struct pl_descriptor *frame = &frames[i];
        if (frame->cell >= queue->pool.cell_count || !queue->pool.lent[frame->cell]) {
            pl_throw_state(env, "frame %d of the burst is in cell %u, which is not lent (of %u)", i, frame->cell,
                           queue->pool.cell_count);
            return false;
        }
        if (frame->length == 0 || (uint64_t)frame->offset + frame->length > queue->pool.cell_size) {
            pl_throw_state(env, "frame %d of the burst is [%u, +%u), outside its cell of %u bytes", i, frame->offset,
                           frame->length, queue->pool.cell_size);
            return false;
        }
        for (jint j = 0; j < i && (frame->flags & PL_TX_KEEP) == 0; j++) {
            if (frames[j].cell == frame->cell && (frames[j].flags & PL_TX_KEEP) == 0) {
                pl_throw_state(env, "cell %u is given away twice in one burst", frame->cell);
                return false;
            }
        }
    }
    return true;
}

/*
 * af_packet's driver, when its ring is full, waits until the kernel has room, however long that takes: the driver of a
 * queue would be stuck behind a slow device. Told at once that there is none, it returns with what it has placed. It
 * is the one that asks for room without a limit of time.
 */
int __real_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout);

int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
    bool waits_for_room = count == 1 && timeout < 0 && descriptors->events == POLLOUT;
    return __real_poll(descriptors, count, waits_for_room ? 0 : timeout);
}

/*
 * Sends over af_packet, whose driver reports nothing sent when the kernel refuses the burst (an interface that is down)
 * although it has freed the frames. So each gets one more reference beforehand, and the counts tell which are gone:
 * those are lost, as far as Java is concerned sent, and never freed twice.
 */
static uint16_t send_watched(struct pl_queue *queue, struct rte_mbuf **mbufs, uint16_t count)
{
    int untouched[PL_BURST_MAX]; /* references of a frame's cell if the driver frees nothing from here on */
    for (uint16_t i = 0; i < count; i++) {
        rte_mbuf_refcnt_update(mbufs[i], 1);
    }
    for (uint16_t i = 0; i < count; i++) {
        untouched[i] = rte_mbuf_refcnt_read(mbufs[i]);
    }
    uint16_t gone = rte_eth_tx_burst(queue->port, queue->index, mbufs, count);
    while (gone < count) {
        int freed_before = 0; /* a cell may be in the burst more than once */
        for (uint16_t i = 0; i < gone; i++) {
            freed_before += mbufs[i] == mbufs[gone];
        }
        if (rte_mbuf_refcnt_read(mbufs[gone]) == untouched[gone] - freed_before) {
            break;
        }
        gone++;
    }
    for (uint16_t i = 0; i < count; i++) {
        rte_pktmbuf_free(mbufs[i]);
    }
    return gone;
}

jint JNICALL pl_tx_burst(JNIEnv *env, jclass class, jint handle, jint count)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    struct pl_descriptor frames[PL_BURST_MAX];
    if (queue == NULL || !check_frames(env, queue, frames, count)) {
        return 0;
    }
    struct rte_mbuf *mbufs[PL_BURST_MAX];
    for (jint i = 0; i < count; i++) {
        struct rte_mbuf *mbuf = queue->pool.mbufs[frames[i].cell];
        mbuf->data_off = (uint16_t)frames[i].offset;
        mbuf->data_len = (uint16_t)frames[i].length;
        mbuf->pkt_len = frames[i].length;
        mbuf->ol_flags = RTE_MBUF_F_EXTERNAL;
        mbuf->port = queue->port;
        if (frames[i].flags & PL_TX_KEEP) {
            rte_mbuf_refcnt_update(mbuf, 1);
        }
        mbufs[i] = mbuf;
    }
    uint16_t sent = 0;
    if (queue->kind == PL_AF_PACKET) {
        sent = send_watched(queue, mbufs, (uint16_t)count);
    } else if (pl_burst_begin(queue)) {
        sent = rte_eth_tx_burst(queue->port, queue->index, mbufs, (uint16_t)count);
        pl_burst_end(queue);
    }
    for (jint i = 0; i < count; i++) {
        bool kept = (frames[i].flags & PL_TX_KEEP) != 0;
        if (i < sent && !kept) {
            pl_cell_unlend(&queue->pool, frames[i].cell);
        } else if (i >= sent && kept) {
            rte_mbuf_refcnt_update(mbufs[i], -1);
        }
    }
    return (jint)sent;
}
