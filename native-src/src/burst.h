#ifndef PERILUNE_BURST_H
#define PERILUNE_BURST_H

#include <jni.h>

jint JNICALL pl_rx_burst(JNIEnv *env, jclass class, jint handle);
jint JNICALL pl_tx_burst(JNIEnv *env, jclass class, jint handle, jint count);
void JNICALL pl_reclaim(JNIEnv *env, jclass class, jint handle);

struct pl_queue;

/* Frees what the device has sent, as far as its driver tells. The queue's driver. */
void pl_reclaim_queue(struct pl_queue *queue);

#endif
