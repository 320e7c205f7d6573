#ifndef PERILUNE_MEMIF_H
#define PERILUNE_MEMIF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct pl_queue;
struct pl_ring;

/* What a queue of a memif port has for sleeping. The rings are the peer's memory as well: there while it is. */
struct pl_memif {
    _Atomic(struct pl_ring *) receive;  /* touched by a sleeper while it looks */
    _Atomic(struct pl_ring *) transmit; /* touched within a burst */
    const void *driver_queue;           /* the driver's own idea of its receive queue */
    int receive_event;                  /* the peer signals it */
    int transmit_event;                 /* signalled for the peer */
    atomic_bool asleep;                 /* a thread sleeps, or is about to */
    atomic_bool looking;                /* it touches the ring */
};

/* Makes the descriptor that is readable when a frame is there; without one the queue is slept on in naps. */
void pl_memif_open(struct pl_queue *queue);

/* The device is gone. */
void pl_memif_close(struct pl_queue *queue);

/*
 * Has the peer signal what it sends from now on; returns false if frames are there already. For the thread that sleeps,
 * while another may be in a burst.
 */
bool pl_memif_arm(struct pl_queue *queue);

/* Has the peer signal nothing, and forgets its signals. For the thread that slept. */
void pl_memif_disarm(struct pl_queue *queue);

/* Sees to it that the peer is signalled what was sent, if it wants to. Within a burst, before and after sending. */
bool pl_memif_peer_is_signalled(struct pl_queue *queue);
void pl_memif_signal_peer(struct pl_queue *queue);

#endif
