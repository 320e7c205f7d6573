/*
 * What DPDK's memif driver has and offers nobody: an interrupt on receipt. memif's protocol gives each ring an event,
 * which the sender signals unless the receiver has masked it in the ring; the driver masks it when it connects, and
 * for good. Here it is unmasked while the receiver sleeps.
 */

#include "memif.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ALLOW_INTERNAL_API
#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <rte_version.h>

#include "port.h"

/*
 * The driver's own structures, whose headers DPDK does not install, as they are laid out in this version. All that
 * is found by them is checked: the device's name, the queue's port, the region's bounds, the ring's cookie.
 */
#define KNOWN_LAYOUT (RTE_VER_YEAR == 22 && RTE_VER_MONTH == 11)

#define REGIONS_MAX 256

struct device_data {
    char name[RTE_ETH_NAME_MAX_LEN];
    void **receive_queues;
    void **transmit_queues;
};

struct region {
    char *address;
    uint64_t length;
};

struct device {
    void *functions[6];
    struct device_data *data;
    struct region **regions;
};

struct driver_queue {
    void *unused[2];
    uint32_t direction; /* TO_SERVER or the other */
    uint16_t region;
    uint16_t port;
    uint32_t ring_offset;
    uint16_t last_head;
    uint16_t last_tail;
    void *buffers;
    uint64_t frames;
    uint64_t bytes;
    struct rte_intr_handle *interrupt;
};

_Static_assert(offsetof(struct driver_queue, interrupt) == 0x38, "as in the driver");

/* A ring's first bytes, as memif's protocol has them. */
struct pl_ring {
    uint32_t cookie;
    uint16_t flags;
    uint16_t head;
    char unused[56];
    uint16_t tail;
};

_Static_assert(offsetof(struct pl_ring, tail) == 64, "as in memif's protocol");

#define COOKIE      0x3E31F20
#define MASKED      1
#define RING_LENGTH 128 /* without its descriptors */
#define TO_SERVER   0

static struct pl_ring *ring_of(const struct device *device, const struct driver_queue *found, uint16_t port)
{
    if (found == NULL || found->port != port || found->region >= REGIONS_MAX || found->interrupt == NULL) {
        return NULL;
    }
    const struct region *region = device->regions[found->region];
    if (region == NULL || region->address == NULL || (uint64_t)found->ring_offset + RING_LENGTH > region->length) {
        return NULL;
    }
    struct pl_ring *ring = (struct pl_ring *)(region->address + found->ring_offset);
    return ring->cookie == COOKIE ? ring : NULL;
}

/*
 * A descriptor of our own for a ring's event, or -1: the driver closes its own when the peer goes, when a thread may
 * sleep on it. Reading must not wait: whoever made the event could have made one that does.
 */
static int event_of(const struct driver_queue *found)
{
    int event = rte_intr_fd_get(found->interrupt);
    int own = event < 0 ? -1 : fcntl(event, F_DUPFD_CLOEXEC, 0);
    int flags = own < 0 ? -1 : fcntl(own, F_GETFL);
    if (flags >= 0 && fcntl(own, F_SETFL, flags | O_NONBLOCK) == 0) {
        return own;
    }
    if (own >= 0) {
        close(own);
    }
    return -1;
}

static void close_event(int *event)
{
    if (*event >= 0) {
        close(*event);
        *event = -1;
    }
}

void pl_memif_open(struct pl_queue *queue)
{
    queue->memif.receive_event = -1;
    queue->memif.transmit_event = -1;
    atomic_store_explicit(&queue->memif.receive, NULL, memory_order_relaxed);
    atomic_store_explicit(&queue->memif.transmit, NULL, memory_order_relaxed);
    atomic_store_explicit(&queue->memif.asleep, false, memory_order_relaxed);
    atomic_store_explicit(&queue->memif.looking, false, memory_order_relaxed);
    /* It outlives each peer, whose event is put into it: so the sleeper watches one descriptor all the time. */
    queue->frame_descriptor = KNOWN_LAYOUT ? epoll_create1(EPOLL_CLOEXEC) : -1;
    queue->arms_interrupt = queue->frame_descriptor >= 0;
}

void pl_memif_close(struct pl_queue *queue)
{
    close_event(&queue->memif.receive_event);
    close_event(&queue->memif.transmit_event);
    close_event(&queue->frame_descriptor);
}

static bool belongs_to(struct pl_queue *queue, const struct device *device)
{
    char name[RTE_ETH_NAME_MAX_LEN];
    return queue->open && pl_is_memif(queue) && queue->frame_descriptor >= 0 &&
           rte_eth_dev_get_name_by_port(queue->port, name) == 0 &&
           strncmp(name, device->data->name, sizeof(name)) == 0;
}

/*
 * The peer has come. If a thread sleeps, or begins to, the first frame is to end that. It and this store the mask at once:
 * who stores last has seen whether a thread sleeps after it stored.
 */
static void set_mask(struct pl_queue *queue, struct pl_ring *ring)
{
    bool asleep;
    do {
        asleep = atomic_load_explicit(&queue->memif.asleep, memory_order_seq_cst);
        __atomic_store_n(&ring->flags, asleep ? 0 : MASKED, __ATOMIC_SEQ_CST);
    } while (asleep != atomic_load_explicit(&queue->memif.asleep, memory_order_seq_cst));
}

static void connected(struct pl_queue *queue, const struct device *device)
{
    const struct driver_queue *receive = device->data->receive_queues[queue->index];
    const struct driver_queue *transmit = device->data->transmit_queues[queue->index];
    struct pl_ring *receive_ring = ring_of(device, receive, queue->port);
    struct pl_ring *transmit_ring = ring_of(device, transmit, queue->port);
    if (receive_ring == NULL || transmit_ring == NULL) {
        return;
    }
    queue->memif.receive_event = event_of(receive);
    queue->memif.transmit_event = event_of(transmit);
    struct epoll_event watched = {.events = EPOLLIN};
    if (queue->memif.transmit_event >= 0) {
        atomic_store_explicit(&queue->memif.transmit, transmit_ring, memory_order_release);
    }
    if (queue->memif.receive_event >= 0 &&
        epoll_ctl(queue->frame_descriptor, EPOLL_CTL_ADD, queue->memif.receive_event, &watched) == 0) {
        queue->memif.driver_queue = receive;
        atomic_store_explicit(&queue->memif.receive, receive_ring, memory_order_seq_cst);
        set_mask(queue, receive_ring);
    }
}

int __real_memif_connect(void *device);
int __wrap_memif_connect(void *device);

int __wrap_memif_connect(void *device)
{
    int code = __real_memif_connect(device);
    for (uint32_t i = 0; i < PL_QUEUES_MAX && code == 0; i++) {
        struct pl_queue *queue = pl_queue_at(i);
        if (belongs_to(queue, device)) {
            connected(queue, device);
        }
    }
    return code;
}

static void await_end_of_look(struct pl_queue *queue)
{
    while (atomic_load_explicit(&queue->memif.looking, memory_order_seq_cst)) {
        sched_yield();
    }
}

/*
 * memif's control thread, when a peer goes, first marks the port as not connected, then calls this to unmap the rings.
 * A burst that had begun before would then read unmapped memory and end the JVM. So the unmapping waits until no queue
 * is in a burst; one that begins later sees the mark and touches no ring. Both sides use sequentially consistent
 * operations: either the burst sees the mark or this sees the burst.
 */
void __real_memif_free_regions(void *device);
void __wrap_memif_free_regions(void *device);

void __wrap_memif_free_regions(void *device)
{
    bool belongs[PL_QUEUES_MAX];
    for (uint32_t i = 0; i < PL_QUEUES_MAX; i++) {
        struct pl_queue *queue = pl_queue_at(i);
        belongs[i] = KNOWN_LAYOUT && belongs_to(queue, device);
        if (belongs[i]) {
            atomic_store_explicit(&queue->memif.receive, NULL, memory_order_seq_cst);
            atomic_store_explicit(&queue->memif.transmit, NULL, memory_order_seq_cst);
        }
    }
    atomic_thread_fence(memory_order_seq_cst);
    for (uint32_t i = 0; i < PL_QUEUES_MAX; i++) {
        pl_await_end_of_burst(pl_queue_at(i));
        await_end_of_look(pl_queue_at(i));
        if (belongs[i]) { /* closing takes the event out of what the sleeper watches */
            close_event(&pl_queue_at(i)->memif.receive_event);
            close_event(&pl_queue_at(i)->memif.transmit_event);
        }
    }
    __real_memif_free_regions(device);
}

/* Brackets a look at the ring by the thread that sleeps: without the ring if the peer is not there, or goes. */
static struct pl_ring *look_begin(struct pl_queue *queue)
{
    atomic_store_explicit(&queue->memif.looking, true, memory_order_seq_cst);
    return atomic_load_explicit(&queue->memif.receive, memory_order_seq_cst);
}

static void look_end(struct pl_queue *queue)
{
    atomic_store_explicit(&queue->memif.looking, false, memory_order_release);
}

/* Another thread may receive meanwhile: then what is there is that one's, and this looks but touches nothing. */
static bool is_empty(const struct pl_ring *ring, const struct driver_queue *found)
{
    if (found->direction == TO_SERVER) {
        return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) == __atomic_load_n(&found->last_head, __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) == __atomic_load_n(&found->last_tail, __ATOMIC_RELAXED);
}

bool pl_memif_arm(struct pl_queue *queue)
{
    atomic_store_explicit(&queue->memif.asleep, true, memory_order_seq_cst);
    struct pl_ring *ring = look_begin(queue);
    bool empty = true;
    if (ring != NULL) {
        /* Pairs with pl_memif_signal_peer: either the peer sees this, or this sees what it sent. */
        __atomic_store_n(&ring->flags, 0, __ATOMIC_SEQ_CST);
        empty = is_empty(ring, queue->memif.driver_queue);
    }
    look_end(queue);
    return empty;
}

void pl_memif_disarm(struct pl_queue *queue)
{
    uint64_t count;
    atomic_store_explicit(&queue->memif.asleep, false, memory_order_seq_cst);
    struct pl_ring *ring = look_begin(queue);
    if (ring != NULL) {
        __atomic_store_n(&ring->flags, MASKED, __ATOMIC_SEQ_CST);
        (void)!read(queue->memif.receive_event, &count, sizeof(count));
    }
    look_end(queue);
}

bool pl_memif_peer_is_signalled(struct pl_queue *queue)
{
    struct pl_ring *ring = atomic_load_explicit(&queue->memif.transmit, memory_order_seq_cst);
    return ring == NULL || (__atomic_load_n(&ring->flags, __ATOMIC_RELAXED) & MASKED) == 0;
}

/*
 * The driver moves the ring's head, then looks at the mask, with nothing between that keeps a processor from doing
 * these in the other order: a peer that unmasks at that moment would sleep beside a frame. So this looks once more.
 */
void pl_memif_signal_peer(struct pl_queue *queue)
{
    struct pl_ring *ring = atomic_load_explicit(&queue->memif.transmit, memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst);
    if (ring != NULL && (__atomic_load_n(&ring->flags, __ATOMIC_RELAXED) & MASKED) == 0) {
        uint64_t one = 1;
        (void)!write(queue->memif.transmit_event, &one, sizeof(one)); /* refused only if it is signalled already */
    }
}
