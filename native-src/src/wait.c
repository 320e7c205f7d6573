/* Sleeping: one poll for the link's interrupt, the wakeup event and one descriptor more. */

#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_ethdev.h>

#include "error.h"
#include "port.h"

#define NO_QUEUE (-1)
#define NAP_NS   1000000
#define EVENTS_MAX (1 << 20)

/* By descriptor: whether it is an event of ours, so that no number from Java has us write to the application's file. */
static atomic_bool events[EVENTS_MAX];

static bool is_event(JNIEnv *env, jint event)
{
    if (event >= 0 && event < EVENTS_MAX && atomic_load_explicit(&events[event], memory_order_relaxed)) {
        return true;
    }
    pl_throw_state(env, "descriptor %d is not an event", event);
    return false;
}

jint JNICALL pl_event_open(JNIEnv *env, jclass class)
{
    (void)class;
    int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event < 0) {
        pl_throw_io(env, "no descriptor to be woken by: %s", strerror(errno));
    } else if (event >= EVENTS_MAX) {
        pl_throw_io(env, "no descriptor below %d to be woken by: too many files are open", EVENTS_MAX);
        close(event);
        event = -1;
    } else {
        atomic_store_explicit(&events[event], true, memory_order_relaxed);
    }
    return event;
}

void JNICALL pl_event_close(JNIEnv *env, jclass class, jint event)
{
    (void)class;
    if (is_event(env, event)) {
        atomic_store_explicit(&events[event], false, memory_order_relaxed);
        close(event);
    }
}

void JNICALL pl_event_signal(JNIEnv *env, jclass class, jint event)
{
    (void)class;
    uint64_t one = 1;
    if (is_event(env, event) && write(event, &one, sizeof(one)) < 0 && errno != EAGAIN) {
        pl_throw_state(env, "the sleeper cannot be woken: %s", strerror(errno));
    }
}

/*
 * Switches the interrupt on, then looks once more: a frame that came between the caller's last look and the switch
 * raises none. Another thread may receive meanwhile, so this takes nothing away. Returns whether sleeping makes sense.
 */
static bool arm(struct pl_queue *queue, jlong *timeout_ns)
{
    if (pl_is_memif(queue)) {
        return pl_memif_arm(queue);
    }
    bool armed = rte_eth_dev_rx_intr_enable(queue->port, queue->index) == 0;
    int next = rte_eth_rx_descriptor_status(queue->port, queue->index, 0);
    if (!armed || (next != RTE_ETH_RX_DESC_AVAIL && next != RTE_ETH_RX_DESC_DONE)) {
        *timeout_ns = RTE_MIN(*timeout_ns, NAP_NS); /* a frame may be there, or come, and not be told */
    }
    return next != RTE_ETH_RX_DESC_DONE;
}

static void disarm(struct pl_queue *queue)
{
    if (pl_is_memif(queue)) {
        pl_memif_disarm(queue);
        return;
    }
    uint64_t count;
    rte_eth_dev_rx_intr_disable(queue->port, queue->index);
    struct pollfd interrupt = {.fd = queue->frame_descriptor, .events = POLLIN};
    if (poll(&interrupt, 1, 0) == 1) {
        (void)!read(queue->frame_descriptor, &count, sizeof(count));
    }
}

void JNICALL pl_sleep(JNIEnv *env, jclass class, jint event, jint handle, jint descriptor, jlong timeout_ns)
{
    (void)class;
    struct pl_queue *queue = NULL;
    if (handle != NO_QUEUE && (queue = pl_queue_of(env, handle)) == NULL) {
        return;
    }
    if (!is_event(env, event)) {
        return;
    }
    if (timeout_ns <= 0) {
        return;
    }
    bool arms = queue != NULL && queue->arms_interrupt && queue->frame_descriptor >= 0;
    if (!arms || arm(queue, &timeout_ns)) {
        /* ppoll passes over a descriptor below zero. */
        struct pollfd watched[3] = {{.fd = event, .events = POLLIN},
                                    {.fd = queue == NULL ? -1 : queue->frame_descriptor, .events = POLLIN},
                                    {.fd = descriptor, .events = POLLIN}};
        struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
        if (ppoll(watched, 3, &timeout, NULL) > 0 && watched[0].revents != 0) {
            uint64_t count;
            (void)!read(event, &count, sizeof(count));
        }
    }
    if (arms) {
        disarm(queue);
    }
}
