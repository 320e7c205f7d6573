#ifndef PERILUNE_WAIT_H
#define PERILUNE_WAIT_H

#include <jni.h>

jint JNICALL pl_event_open(JNIEnv *env, jclass class);
void JNICALL pl_event_close(JNIEnv *env, jclass class, jint event);
void JNICALL pl_event_signal(JNIEnv *env, jclass class, jint event);
void JNICALL pl_sleep(JNIEnv *env, jclass class, jint event, jint handle, jint descriptor, jlong timeout_ns);

#endif
