#ifndef PERILUNE_JDK_PROVIDER_H
#define PERILUNE_JDK_PROVIDER_H

#include <jni.h>

jobject JNICALL pl_kernel_provider(JNIEnv *env, jclass class);
jint JNICALL pl_epoll_descriptor(JNIEnv *env, jclass class, jobject selector);

#endif
