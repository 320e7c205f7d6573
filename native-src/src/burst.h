#ifndef PERILUNE_BURST_H
#define PERILUNE_BURST_H

#include <jni.h>

jint JNICALL pl_rx_burst(JNIEnv *env, jclass class, jint handle);
jint JNICALL pl_tx_burst(JNIEnv *env, jclass class, jint handle, jint count);

#endif
