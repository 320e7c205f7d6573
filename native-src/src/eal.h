#ifndef PERILUNE_EAL_H
#define PERILUNE_EAL_H

#include <jni.h>
#include <stddef.h>
#include <stdint.h>

/* Where DPDK's log stands now; hand it to pl_reason_since. */
uint64_t pl_log_mark(void);

/* Fills in why DPDK call failed: the words for its error code and the warnings that it logged since the mark. */
void pl_reason_since(uint64_t mark, int code, char *reason, size_t size);

void JNICALL pl_eal_start(JNIEnv *env, jclass class, jobjectArray arguments);
jstring JNICALL pl_eal_log(JNIEnv *env, jclass class);

#endif
