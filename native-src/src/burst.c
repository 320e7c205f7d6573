/* The packet path: up to 32 frames a call through the queue's shared buffer. Nothing Java wrote there is trusted. */

#include "burst.h"

#include <errno.h>
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
    uint16_t count = 0;
    if (pl_burst_begin(queue)) {
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
        uint32_t cell = pl_cell_of(&queue->pool, mbuf->buf_addr);
        pl_cell_lend(&queue->pool, cell);
        queue->burst[told++] = (struct pl_descriptor){.cell = cell,
                                                      .offset = mbuf->data_off,
                                                      .length = mbuf->data_len,
                                                      .flags = checksum_flags(mbuf->ol_flags)};
    }
    return (jint)told;
}

/* What Java asks to be sent: pieces, each one a frame or half of one. */
struct request {
    struct pl_descriptor pieces[PL_PIECES_MAX];
    uint32_t piece_count;
    uint32_t kept_count;
};

/* Counts the pieces of so many frames; returns false where one has more than the device takes: two, if it gathers. */
static bool find_pieces(struct request *request, uint32_t frames, bool gathers)
{
    uint32_t piece = 0;
    for (uint32_t i = 0; i < frames; i++) {
        if ((request->pieces[piece].flags & PL_TX_MORE) != 0) {
            piece++;
            if ((request->pieces[piece].flags & PL_TX_MORE) != 0) {
                return false;
            }
        }
        piece++;
    }
    request->piece_count = piece;
    return gathers || piece == frames;
}

/* Checks one piece; throws what is wrong with it. */
static bool check_piece(JNIEnv *env, struct pl_queue *queue, const struct pl_descriptor *piece, uint32_t index)
{
    const struct pl_pool *pool = &queue->pool;
    if (piece->cell >= pool->cell_count || !pool->lent[piece->cell]) {
        pl_throw_state(env, "piece %u of the burst is in cell %u, which is not lent (of %u)", index, piece->cell,
                       pool->cell_count);
        return false;
    }
    if (piece->length == 0 || (uint64_t)piece->offset + piece->length > pool->cell_size) {
        pl_throw_state(env, "piece %u of the burst is [%u, +%u), outside its cell of %u bytes", index, piece->offset,
                       piece->length, pool->cell_size);
        return false;
    }
    return true;
}

/* Each piece takes a reference: there must be as many. One that is given whole must be the cell's only one. */
static bool check_counts(JNIEnv *env, struct pl_queue *queue, const struct request *request)
{
    struct pl_pool *pool = &queue->pool;
    for (uint32_t i = 0; i < request->piece_count; i++) {
        pool->pieces[request->pieces[i].cell]++;
    }
    bool good = true;
    for (uint32_t i = 0; i < request->piece_count && good; i++) {
        uint32_t cell = request->pieces[i].cell;
        uint32_t references = rte_mbuf_ext_refcnt_read(pl_count_of(pool, cell));
        bool kept = (request->pieces[i].flags & PL_TX_KEEP) != 0;
        good = kept ? references >= pool->pieces[cell] : references == 1 && pool->pieces[cell] == 1;
        if (!good) {
            pl_throw_state(env, "cell %u is %s the device %u times in one burst, and has %u references", cell,
                           kept ? "shared with" : "given to", pool->pieces[cell], references);
        }
    }
    for (uint32_t i = 0; i < request->piece_count; i++) {
        pool->pieces[request->pieces[i].cell] = 0;
    }
    return good;
}

/* Reads what is to be sent and checks all of it; returns false after throwing, with nothing changed. */
static bool read_request(JNIEnv *env, struct pl_queue *queue, struct request *request, jint frames)
{
    if (frames < 0 || frames > PL_BURST_MAX) {
        pl_throw_state(env, "a burst of %d frames: there can be 0 to %d", frames, PL_BURST_MAX);
        return false;
    }
    memcpy(request->pieces, queue->burst, 2 * (size_t)frames * sizeof(request->pieces[0]));
    request->kept_count = 0;
    if (!find_pieces(request, (uint32_t)frames, queue->gathers)) {
        pl_throw_state(env, "a frame of the burst has more than %d pieces", queue->gathers ? 2 : 1);
        return false;
    }
    for (uint32_t i = 0; i < request->piece_count; i++) {
        if (!check_piece(env, queue, &request->pieces[i], i)) {
            return false;
        }
        request->kept_count += (request->pieces[i].flags & PL_TX_KEEP) != 0;
    }
    return check_counts(env, queue, request);
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
    for (uint16_t i = 0; i < count; i++) {
        rte_pktmbuf_refcnt_update(mbufs[i], 1);
    }
    uint16_t gone = rte_eth_tx_burst(queue->port, queue->index, mbufs, count);
    while (gone < count && rte_mbuf_refcnt_read(mbufs[gone]) == 1) {
        gone++;
    }
    for (uint16_t i = 0; i < count; i++) {
        if (i < gone) {
            rte_pktmbuf_free(mbufs[i]);
        } else {
            rte_pktmbuf_refcnt_update(mbufs[i], -1);
        }
    }
    return gone;
}

/* The mbuf of a piece: the cell's own where the whole cell is given, else one that shares its count. */
static struct rte_mbuf *mbuf_of(struct pl_queue *queue, const struct pl_descriptor *piece, struct rte_mbuf ***spare)
{
    struct rte_mbuf *mbuf = queue->pool.mbufs[piece->cell];
    if ((piece->flags & PL_TX_KEEP) != 0) {
        struct rte_mbuf *own = mbuf;
        mbuf = *(*spare)++;
        /* DPDK does not count the attached mbuf: Java's reference for the piece is its reference now. */
        rte_pktmbuf_attach_extbuf(mbuf, own->buf_addr, own->buf_iova, own->buf_len, own->shinfo);
    } else {
        mbuf->ol_flags = RTE_MBUF_F_EXTERNAL;
    }
    mbuf->data_off = (uint16_t)piece->offset;
    mbuf->data_len = (uint16_t)piece->length;
    mbuf->pkt_len = piece->length;
    mbuf->nb_segs = 1;
    mbuf->next = NULL;
    mbuf->port = queue->port;
    return mbuf;
}

/* Makes mbufs of the pieces, and chains of those that belong together. Returns how many frames. */
static uint16_t chain(struct pl_queue *queue, const struct request *request, struct rte_mbuf **all,
                      struct rte_mbuf **spare, struct rte_mbuf **frames)
{
    uint16_t count = 0;
    for (uint32_t i = 0; i < request->piece_count; i++) {
        all[i] = mbuf_of(queue, &request->pieces[i], &spare);
        if (i > 0 && (request->pieces[i - 1].flags & PL_TX_MORE) != 0) {
            struct rte_mbuf *head = all[i - 1];
            head->next = all[i];
            head->nb_segs = 2;
            head->pkt_len += all[i]->pkt_len;
        } else {
            frames[count++] = all[i];
        }
    }
    return count;
}

/* What the device did not take is as it was before: Java's. */
static void take_back(const struct request *request, struct rte_mbuf **all, uint32_t first)
{
    for (uint32_t i = first; i < request->piece_count; i++) {
        all[i]->next = NULL;
        all[i]->nb_segs = 1;
        if ((request->pieces[i].flags & PL_TX_KEEP) != 0) {
            rte_mbuf_ext_refcnt_update(all[i]->shinfo, 1); /* freeing takes it away again */
            rte_pktmbuf_free_seg(all[i]);
        }
    }
}

/* The index of the first piece behind so many frames. */
static uint32_t pieces_of(const struct request *request, uint16_t frames)
{
    uint32_t piece = 0;
    for (uint16_t i = 0; i < frames; i++) {
        piece += (request->pieces[piece].flags & PL_TX_MORE) != 0 ? 2 : 1;
    }
    return piece;
}

jint JNICALL pl_tx_burst(JNIEnv *env, jclass class, jint handle, jint count)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    struct request request;
    if (queue == NULL || !read_request(env, queue, &request, count)) {
        return 0;
    }
    struct rte_mbuf *all[PL_PIECES_MAX];
    struct rte_mbuf *spare[PL_PIECES_MAX];
    struct rte_mbuf *frames[PL_BURST_MAX];
    if (request.kept_count > 0 && rte_pktmbuf_alloc_bulk(queue->pool.transmit, spare, request.kept_count) != 0) {
        /* The device holds that many pieces: its ring is full, or may give some back now. */
        pl_reclaim_queue(queue);
        if (rte_pktmbuf_alloc_bulk(queue->pool.transmit, spare, request.kept_count) != 0) {
            return 0;
        }
    }
    uint16_t ready = chain(queue, &request, all, spare, frames);
    uint16_t sent = 0;
    if (queue->kind == PL_AF_PACKET) {
        sent = send_watched(queue, frames, ready);
    } else if (pl_burst_begin(queue)) {
        bool signalled = !pl_is_memif(queue) || pl_memif_peer_is_signalled(queue);
        sent = rte_eth_tx_burst(queue->port, queue->index, frames, ready);
        if (!signalled) {
            pl_memif_signal_peer(queue);
        }
        pl_burst_end(queue);
    }
    uint32_t gone = pieces_of(&request, sent);
    for (uint32_t i = 0; i < gone; i++) {
        if ((request.pieces[i].flags & PL_TX_KEEP) == 0) {
            pl_cell_unlend(&queue->pool, request.pieces[i].cell);
        }
    }
    take_back(&request, all, gone);
    return (jint)sent;
}

void pl_reclaim_queue(struct pl_queue *queue)
{
    if (!pl_burst_begin(queue)) {
        return;
    }
    if (rte_eth_tx_done_cleanup(queue->port, queue->index, 0) == -ENOTSUP) {
        struct rte_mbuf *none[1];
        (void)!rte_eth_tx_burst(queue->port, queue->index, none, 0); /* drivers look at their ring first */
    }
    pl_burst_end(queue);
}

void JNICALL pl_reclaim(JNIEnv *env, jclass class, jint handle)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    if (queue != NULL) {
        pl_reclaim_queue(queue);
    }
}
