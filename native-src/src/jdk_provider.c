/* What only JNI may ask of the JDK, because module boundaries do not hold here (see DESIGN D5). */

#include "jdk_provider.h"

#include <stddef.h>

jobject JNICALL pl_kernel_provider(JNIEnv *env, jclass class)
{
    (void)class;
    jclass holder = (*env)->FindClass(env, "sun/nio/ch/DefaultSelectorProvider");
    if (holder == NULL) {
        return NULL; /* NoClassDefFoundError is pending */
    }
    jmethodID get = (*env)->GetStaticMethodID(env, holder, "get", "()Lsun/nio/ch/SelectorProviderImpl;");
    if (get == NULL) {
        (*env)->ExceptionClear(env);
        get = (*env)->GetStaticMethodID(env, holder, "get", "()Ljava/nio/channels/spi/SelectorProvider;");
    }
    return get == NULL ? NULL : (*env)->CallStaticObjectMethod(env, holder, get);
}

jint JNICALL pl_epoll_descriptor(JNIEnv *env, jclass class, jobject selector)
{
    (void)class;
    jclass epoll = (*env)->FindClass(env, "sun/nio/ch/EPollSelectorImpl");
    jfieldID field = epoll == NULL ? NULL : (*env)->GetFieldID(env, epoll, "epfd", "I");
    if (field == NULL) {
        (*env)->ExceptionClear(env); /* another JDK: its selectors are polled, which always works */
        return -1;
    }
    return selector != NULL && (*env)->IsInstanceOf(env, selector, epoll) ? (*env)->GetIntField(env, selector, field)
                                                                         : -1;
}
