#ifndef PERILUNE_ERROR_H
#define PERILUNE_ERROR_H

#include <jni.h>

#define PL_REASON_LENGTH 600

/* Each throws one Java exception with a message in words; the caller returns to Java next. */
void pl_throw_io(JNIEnv *env, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pl_throw_state(JNIEnv *env, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pl_throw_memory(JNIEnv *env, const char *what);

#endif
