/* Ports: a DPDK device made by name, configured, with its queues and their memory; and taken away again. */

#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "address.h"
#include "eal.h"
#include "error.h"
#include "spreading.h"

/* Where a memif client looks again for its server: often enough to be prompt, seldom enough to cost nothing. */
#define RECONNECT_US 50000
#define RECONNECT_PATIENCE 20

struct port {
    bool open;
    uint32_t generation;
    uint16_t id;
    enum pl_kind kind;
    char device[64];
    int claim; /* socket that holds the interface's name, or -1 */
    bool started;
    uint32_t patience; /* of a memif client with its server: how many looks more before it starts afresh */
    atomic_bool server_found; /* by a memif client; the control thread writes it */
    uint16_t queue_count;
    uint16_t queues[PL_PORT_QUEUES_MAX]; /* places in the table */
};

/* Open and close take the lock; the packet path reads its own queue only. */
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct port ports[PL_PORTS_MAX];
static struct pl_queue queues[PL_QUEUES_MAX];

/* A handle is a place in a table and the generation of what is there: never an address, never believed unseen. */
static jint handle_of(uint32_t place, uint32_t generation)
{
    return (jint)(generation << 8 | place);
}

struct pl_queue *pl_queue_of(JNIEnv *env, jint handle)
{
    uint32_t place = (uint32_t)handle & 0xff;
    if (place < PL_QUEUES_MAX && queues[place].open && queues[place].generation == (uint32_t)handle >> 8) {
        return &queues[place];
    }
    pl_throw_state(env, "queue %d is not open", handle);
    return NULL;
}

struct pl_queue *pl_queue_at(uint32_t place)
{
    return &queues[place];
}

void pl_await_end_of_burst(struct pl_queue *queue)
{
    while (atomic_load_explicit(&queue->in_burst, memory_order_seq_cst)) {
        sched_yield();
    }
}

/*
 * The tap driver wants a real-time signal for each frame, to make an empty poll cheap: a handler in a process that is
 * not ours, a thread of the application woken per frame, and SIGIO, which kills, when the signals pile up. It does
 * without if all those signals are taken, so it is told that they are; sleeping watches the descriptor instead.
 */
int __real_sigaction(int number, const struct sigaction *action, struct sigaction *old);
int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *old);

int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    if (number < SIGRTMIN) {
        return __real_sigaction(number, action, old);
    }
    if (action != NULL) {
        errno = EBUSY;
        return -1;
    }
    if (old != NULL) {
        *old = (struct sigaction){.sa_handler = SIG_IGN};
    }
    return 0;
}

static void set_ready(struct port *port)
{
    /* The stack has an Ethernet address of its own beside the device's. Not every device can be told: not an error. */
    if (port->kind != PL_AF_PACKET) { /* there it would set the interface's flag for good: see find_descriptors */
        (void)!rte_eth_promiscuous_enable(port->id);
    }
    for (uint16_t i = 0; i < port->queue_count; i++) {
        atomic_store_explicit(&queues[port->queues[i]].ready, true, memory_order_release);
    }
    port->started = true;
}

/* Takes the device back from the driver of its queues, wherever that is. */
static void set_not_ready(struct port *port)
{
    for (uint16_t i = 0; i < port->queue_count; i++) {
        struct pl_queue *queue = &queues[port->queues[i]];
        atomic_store_explicit(&queue->ready, false, memory_order_seq_cst);
        pl_await_end_of_burst(queue);
    }
    port->started = false;
}

/*
 * memif's client starts only when its server is there, and does not connect again by itself. This does both, on the
 * control thread, which is also the one that disconnects: never at the same time.
 */
static void look_for_server(void *argument)
{
    struct port *port = argument;
    struct rte_eth_link link = {0};
    bool found = port->started && rte_eth_link_get_nowait(port->id, &link) == 0 && link.link_status;
    if (found) {
        port->patience = 0;
    } else if (port->patience > 0) {
        port->patience--; /* they are still shaking hands */
    } else {
        if (port->started) {
            set_not_ready(port);
            rte_eth_dev_stop(port->id);
        }
        if (rte_eth_dev_start(port->id) == 0) {
            set_ready(port);
            port->patience = RECONNECT_PATIENCE;
        }
    }
    atomic_store_explicit(&port->server_found, found, memory_order_relaxed);
    rte_eal_alarm_set(RECONNECT_US, look_for_server, port);
}

/* The socket that af_packet opened for a queue and tells nobody of: bound to the interface, and not known yet. */
static int packet_socket(const char *interface)
{
    DIR *directory = opendir("/proc/self/fd");
    int found = -1;
    struct dirent *entry;
    while (directory != NULL && found < 0 && (entry = readdir(directory)) != NULL) {
        int descriptor = atoi(entry->d_name);
        bool known = !pl_is_packet_socket(descriptor, interface);
        for (uint16_t i = 0; i < PL_QUEUES_MAX && !known; i++) {
            known = queues[i].open && queues[i].kind == PL_AF_PACKET && queues[i].frame_descriptor == descriptor;
        }
        if (!known) {
            found = descriptor;
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return found;
}

static bool probe(struct port *port, const char *arguments, int *code)
{
    if (port->kind == PL_PCI) {
        *code = rte_dev_probe(port->device);
    } else {
        *code = rte_vdev_init(port->device, arguments);
    }
    if (*code == 0) {
        *code = rte_eth_dev_get_port_by_name(port->device, &port->id);
    }
    return *code == 0;
}

static int configure(struct port *port, uint32_t mtu, bool interrupts)
{
    struct rte_eth_dev_info info;
    int code = rte_eth_dev_info_get(port->id, &info);
    if (code != 0) {
        return code;
    }
    /*
     * No offloads but to gather frames of two pieces: the stack computes and verifies checksums itself until a device
     * is known to do it right.
     */
    struct rte_eth_conf conf = {.rxmode.mtu = mtu};
    if (port->kind != PL_PCI && mtu > RTE_ETHER_MTU) {
        /* memif and af_packet declare 1518 bytes although their buffers alone limit them: they are not told more. */
        conf.rxmode.mtu = RTE_ETHER_MTU;
    }
    if (port->queue_count > 1) {
        pl_spread(&conf, &info);
    }
    conf.intr_conf.rxq = interrupts;
    conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
    for (uint16_t i = 0; i < port->queue_count; i++) {
        queues[port->queues[i]].gathers = conf.txmode.offloads != 0;
    }
    return rte_eth_dev_configure(port->id, port->queue_count, port->queue_count, &conf);
}

static int set_up_queues(struct port *port)
{
    /* A tap keeps one cell per descriptor although it reads one frame at a time: few will do. */
    uint16_t rx_count = port->kind == PL_TAP ? 32 : 512;
    uint16_t tx_count = 512;
    int code = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_count, &tx_count);
    for (uint16_t i = 0; i < port->queue_count && code == 0; i++) {
        struct pl_queue *queue = &queues[port->queues[i]];
        code = rte_eth_rx_queue_setup(port->id, i, rx_count, SOCKET_ID_ANY, NULL, queue->pool.mempool);
        if (code == 0) {
            code = rte_eth_tx_queue_setup(port->id, i, tx_count, SOCKET_ID_ANY, NULL);
        }
    }
    return code;
}

/* Configures and starts the device, with receive interrupts where it has them. */
static bool start(struct port *port, uint32_t mtu, uint64_t *mark, int *code)
{
    for (int interrupts = 1; interrupts >= 0; interrupts--) {
        *mark = pl_log_mark(); /* the last try's reason is the one that counts */
        *code = configure(port, mtu, interrupts);
        if (*code == 0) {
            *code = set_up_queues(port);
        }
        if (*code == 0 && port->kind == PL_MEMIF_CLIENT) {
            return true; /* look_for_server goes on */
        }
        if (*code == 0) {
            *code = rte_eth_dev_start(port->id);
        }
        if (*code == 0) {
            set_ready(port);
            return true;
        }
    }
    return false;
}

static void find_descriptors(struct port *port, const char *interface)
{
    for (uint16_t i = 0; i < port->queue_count; i++) {
        struct pl_queue *queue = &queues[port->queues[i]];
        if (port->kind == PL_AF_PACKET) {
            queue->frame_descriptor = packet_socket(interface);
            pl_receive_all(queue->frame_descriptor, interface);
        } else if (port->kind == PL_TAP || port->kind == PL_PCI) {
            queue->frame_descriptor = rte_eth_dev_rx_intr_ctl_q_get_fd(port->id, i);
            queue->arms_interrupt = port->kind == PL_PCI;
        }
    }
}

static void close_device(struct port *port)
{
    if (port->started) {
        rte_eth_dev_stop(port->id);
    }
    rte_eth_dev_close(port->id);
    if (port->kind != PL_PCI) {
        rte_vdev_uninit(port->device);
    }
}

struct closing {
    struct port *port;
    sem_t done;
};

static void close_and_tell(void *argument)
{
    struct closing *closing = argument;
    close_device(closing->port);
    sem_post(&closing->done);
}

/*
 * memif's driver takes no lock, and its control thread disconnects when the peer goes: a device that is closed by
 * another thread at that moment closes the same descriptors twice, which may be somebody else's by then.
 */
static void close_on_control_thread(struct port *port)
{
    struct closing closing = {.port = port};
    if (sem_init(&closing.done, 0, 0) != 0 || rte_eal_alarm_set(1, close_and_tell, &closing) != 0) {
        close_device(port); /* no memory for an alarm: better a risk than a device that stays */
        return;
    }
    while (sem_wait(&closing.done) != 0) { /* interrupted by a signal */
    }
    sem_destroy(&closing.done);
}

static void release(JNIEnv *env, struct port *port)
{
    if (port->kind == PL_MEMIF_CLIENT) {
        rte_eal_alarm_cancel(look_for_server, port);
    }
    if (port->id != RTE_MAX_ETHPORTS) {
        if (port->kind == PL_MEMIF_CLIENT || port->kind == PL_MEMIF_SERVER) {
            close_on_control_thread(port);
        } else {
            close_device(port);
        }
    }
    for (uint16_t i = 0; i < port->queue_count; i++) {
        struct pl_queue *queue = &queues[port->queues[i]];
        if (pl_is_memif(queue)) {
            pl_memif_close(queue);
        }
        queue->open = false;
        pl_pool_close(&queue->pool);
        if (queue->burst_reference != NULL) {
            (*env)->DeleteGlobalRef(env, queue->burst_reference);
            queue->burst_reference = NULL;
        }
    }
    if (port->claim >= 0) {
        close(port->claim);
    }
    port->open = false;
}

static struct port *free_port(void)
{
    for (uint32_t i = 0; i < PL_PORTS_MAX; i++) {
        if (!ports[i].open) {
            return &ports[i];
        }
    }
    return NULL;
}

/* Takes places in the table, and memory; false after throwing. */
static bool open_queues(JNIEnv *env, struct port *port, jobjectArray bursts, uint16_t count, uint32_t slab_count,
                        uint32_t cell_size)
{
    for (uint32_t place = 0; place < PL_QUEUES_MAX && port->queue_count < count; place++) {
        struct pl_queue *queue = &queues[place];
        if (queue->open) {
            continue;
        }
        jobject burst = (*env)->GetObjectArrayElement(env, bursts, port->queue_count);
        void *address = burst == NULL ? NULL : (*env)->GetDirectBufferAddress(env, burst);
        if (address == NULL || (*env)->GetDirectBufferCapacity(env, burst) < (jlong)PL_BURST_BYTES) {
            pl_throw_state(env, "the burst of queue %u is not a direct buffer of %zu bytes", port->queue_count,
                           PL_BURST_BYTES);
            return false;
        }
        int code = 0;
        uint64_t mark = pl_log_mark();
        if (!pl_pool_open(&queue->pool, slab_count, cell_size, &code)) {
            char reason[PL_REASON_LENGTH];
            pl_reason_since(mark, code, reason, sizeof(reason));
            pl_throw_io(env, "no packet memory of %u MiB for queue %u: %s", slab_count * 2, port->queue_count, reason);
            return false;
        }
        queue->generation = (queue->generation + 1) & 0x7fffff;
        queue->kind = port->kind;
        queue->index = port->queue_count;
        queue->burst = address;
        queue->burst_reference = (*env)->NewGlobalRef(env, burst);
        queue->dropped = 0;
        queue->lost_in_kernel = 0;
        queue->frame_descriptor = -1;
        queue->arms_interrupt = false;
        atomic_store_explicit(&queue->ready, false, memory_order_relaxed);
        if (pl_is_memif(queue)) {
            pl_memif_open(queue); /* a peer may come as soon as the device starts */
        }
        queue->open = true;
        port->queues[port->queue_count++] = (uint16_t)place;
        (*env)->DeleteLocalRef(env, burst);
    }
    if (port->queue_count < count) {
        pl_throw_io(env, "there are no more than %d queues in a process", PL_QUEUES_MAX);
        return false;
    }
    return true;
}

static jintArray handles_of(JNIEnv *env, const struct port *port)
{
    jint handles[1 + PL_PORT_QUEUES_MAX];
    handles[0] = handle_of((uint32_t)(port - ports), port->generation);
    for (uint16_t i = 0; i < port->queue_count; i++) {
        handles[1 + i] = handle_of(port->queues[i], queues[port->queues[i]].generation);
    }
    jintArray array = (*env)->NewIntArray(env, 1 + port->queue_count);
    if (array != NULL) {
        (*env)->SetIntArrayRegion(env, array, 0, 1 + port->queue_count, handles);
    }
    return array;
}

/* The device itself; false after throwing. The interface's name is claimed first: a tap of the same name is refused. */
static bool open_device(JNIEnv *env, struct port *port, const char *arguments, const char *interface, uint32_t mtu)
{
    char reason[PL_REASON_LENGTH];
    uint64_t mark = pl_log_mark();
    int code = 0;
    if (port->kind == PL_TAP) {
        port->claim = pl_claim_interface(interface, reason, sizeof(reason));
        if (port->claim < 0) {
            pl_throw_io(env, "%s", reason);
            return false;
        }
    }
    port->id = RTE_MAX_ETHPORTS;
    if (!probe(port, arguments, &code)) {
        port->id = RTE_MAX_ETHPORTS;
        pl_reason_since(mark, code, reason, sizeof(reason));
        pl_throw_io(env, "%s", reason);
        return false;
    }
    for (uint16_t i = 0; i < port->queue_count; i++) {
        queues[port->queues[i]].port = port->id;
    }
    if (!start(port, mtu, &mark, &code)) {
        pl_reason_since(mark, code, reason, sizeof(reason));
        pl_throw_io(env, "%s", reason);
        return false;
    }
    find_descriptors(port, interface);
    if (port->kind == PL_MEMIF_CLIENT) {
        rte_eal_alarm_set(1, look_for_server, port);
    }
    return true;
}

jintArray JNICALL pl_port_open(JNIEnv *env, jclass class, jint kind, jstring device, jstring arguments,
                               jstring interface, jintArray sizes, jobjectArray bursts)
{
    (void)class;
    jint size[3]; /* mtu, cell size, slabs of each queue */
    if (device == NULL || arguments == NULL || interface == NULL || sizes == NULL || bursts == NULL) {
        pl_throw_state(env, "a link needs all its arguments");
        return NULL;
    }
    jsize count = (*env)->GetArrayLength(env, bursts);
    if (kind < 0 || kind >= PL_KINDS || (*env)->GetArrayLength(env, sizes) != 3 || count < 1 ||
        count > PL_PORT_QUEUES_MAX) {
        pl_throw_state(env, "a link of kind %d with %d queues cannot be", kind, count);
        return NULL;
    }
    (*env)->GetIntArrayRegion(env, sizes, 0, 3, size);
    if (size[0] < 68 || size[0] > 65000 || size[1] < size[0] + PL_HEADROOM + 18 || size[1] > 65472 ||
        size[1] % 64 != 0 || size[2] < 1 || size[2] > 65536) {
        pl_throw_state(env, "mtu %d, cells of %d bytes and %d slabs do not go together", size[0], size[1], size[2]);
        return NULL;
    }
    const char *device_text = (*env)->GetStringUTFChars(env, device, NULL);
    const char *arguments_text = (*env)->GetStringUTFChars(env, arguments, NULL);
    const char *interface_text = (*env)->GetStringUTFChars(env, interface, NULL);
    jintArray handles = NULL;
    pthread_mutex_lock(&table_lock);
    struct port *port = free_port();
    if (port == NULL) {
        pl_throw_io(env, "there are no more than %d links in a process", PL_PORTS_MAX);
    } else if (device_text != NULL && arguments_text != NULL && interface_text != NULL) {
        uint32_t generation = (port->generation + 1) & 0x7fffff;
        *port = (struct port){.generation = generation, .kind = kind, .claim = -1, .id = RTE_MAX_ETHPORTS};
        snprintf(port->device, sizeof(port->device), "%s", device_text);
        port->open = true;
        if (open_queues(env, port, bursts, (uint16_t)count, (uint32_t)size[2], (uint32_t)size[1]) &&
            open_device(env, port, arguments_text, interface_text, (uint32_t)size[0])) {
            handles = handles_of(env, port);
        }
        if (handles == NULL) {
            release(env, port);
        }
    }
    pthread_mutex_unlock(&table_lock);
    if (device_text != NULL) {
        (*env)->ReleaseStringUTFChars(env, device, device_text);
    }
    if (arguments_text != NULL) {
        (*env)->ReleaseStringUTFChars(env, arguments, arguments_text);
    }
    if (interface_text != NULL) {
        (*env)->ReleaseStringUTFChars(env, interface, interface_text);
    }
    return handles;
}

void JNICALL pl_port_close(JNIEnv *env, jclass class, jint handle)
{
    (void)class;
    uint32_t place = (uint32_t)handle & 0xff;
    pthread_mutex_lock(&table_lock);
    if (place < PL_PORTS_MAX && ports[place].open && ports[place].generation == (uint32_t)handle >> 8) {
        release(env, &ports[place]);
    } else {
        pl_throw_state(env, "link %d is not open", handle);
    }
    pthread_mutex_unlock(&table_lock);
}

/* What the device's driver itself counts: for the whole port, so told with its first queue only. */
static struct rte_eth_stats driver_counts(const struct pl_queue *queue)
{
    struct rte_eth_stats stats = {0};
    if (queue->index == 0 && rte_eth_stats_get(queue->port, &stats) != 0) {
        memset(&stats, 0, sizeof(stats));
    }
    return stats;
}

static uint64_t lost_on_receipt(struct pl_queue *queue)
{
    struct rte_eth_stats stats = driver_counts(queue);
    if (queue->kind == PL_AF_PACKET && queue->frame_descriptor >= 0) {
        queue->lost_in_kernel += pl_take_lost_count(queue->frame_descriptor);
    }
    return queue->dropped + queue->lost_in_kernel + stats.imissed + stats.ierrors + stats.rx_nombuf;
}

static struct port *port_of(const struct pl_queue *queue)
{
    struct port *port = ports;
    while (!port->open || port->id != queue->port) {
        port++; /* an open queue has an open port */
    }
    return port;
}

static jlong device_mac(uint16_t port)
{
    struct rte_ether_addr address;
    jlong mac = 0;
    if (rte_eth_macaddr_get(port, &address) == 0) {
        for (int i = 0; i < RTE_ETHER_ADDR_LEN; i++) {
            mac = mac << 8 | address.addr_bytes[i];
        }
    }
    return mac;
}

static jlong fact_of(JNIEnv *env, struct pl_queue *queue, jint fact)
{
    struct rte_eth_link link = {0};
    switch (fact) {
    case PL_FACT_DROPPED:
        return (jlong)lost_on_receipt(queue);
    case PL_FACT_FREE_CELLS:
        return rte_mempool_avail_count(queue->pool.mempool);
    case PL_FACT_LENT_CELLS:
        return queue->pool.lent_count;
    case PL_FACT_ENDS_ON_FRAME:
        return queue->frame_descriptor >= 0;
    case PL_FACT_LINK_UP:
        if (queue->kind == PL_MEMIF_CLIENT) {
            return atomic_load_explicit(&port_of(queue)->server_found, memory_order_relaxed);
        }
        return rte_eth_link_get_nowait(queue->port, &link) == 0 && link.link_status;
    case PL_FACT_MAC:
        return device_mac(queue->port);
    case PL_FACT_GATHERS:
        return queue->gathers;
    case PL_FACT_IN_FLIGHT:
        return rte_mempool_in_use_count(queue->pool.transmit);
    case PL_FACT_SEND_ERRORS:
        return (jlong)driver_counts(queue).oerrors;
    default:
        pl_throw_state(env, "fact %d is not known", fact);
        return 0;
    }
}

jlong JNICALL pl_queue_fact(JNIEnv *env, jclass class, jint handle, jint fact)
{
    (void)class;
    /* Any thread asks, so the link may be closed by another meanwhile. */
    pthread_mutex_lock(&table_lock);
    struct pl_queue *queue = pl_queue_of(env, handle);
    jlong value = queue == NULL ? 0 : fact_of(env, queue, fact);
    pthread_mutex_unlock(&table_lock);
    return value;
}
