/*
 * What only JNI may ask of the JDK, because module boundaries do not hold here. A library of its own that needs nothing
 * but libc: a machine that lacks what DPDK needs must still get the kernel's sockets.
 */

#include <jni.h>
#include <stddef.h>

static jobject JNICALL kernel_provider(JNIEnv *env, jclass class)
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

static jint JNICALL epoll_descriptor(JNIEnv *env, jclass class, jobject selector)
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

/* The last of the JDK's own shutdown steps; its first ones end the console, run the program's hooks and delete files. */
static const jint LAST_STEP = 9;

static jboolean JNICALL run_last(JNIEnv *env, jclass class, jobject task)
{
    (void)class;
    jclass shutdown = (*env)->FindClass(env, "java/lang/Shutdown");
    jmethodID add =
        shutdown == NULL ? NULL : (*env)->GetStaticMethodID(env, shutdown, "add", "(IZLjava/lang/Runnable;)V");
    if (add != NULL && task != NULL) {
        (*env)->CallStaticVoidMethod(env, shutdown, add, LAST_STEP, JNI_TRUE, task);
    }
    if ((*env)->ExceptionCheck(env)) {
        (*env)->ExceptionClear(env); /* another JDK, or the step is taken: the caller has an ordinary hook left */
        return JNI_FALSE;
    }
    return add != NULL && task != NULL ? JNI_TRUE : JNI_FALSE;
}

static const JNINativeMethod methods[] = {
    {(char *)"provider", (char *)"()Ljava/nio/channels/spi/SelectorProvider;", (void *)kernel_provider},
    {(char *)"last", (char *)"(Ljava/lang/Runnable;)Z", (void *)run_last},
    {(char *)"descriptor", (char *)"(Ljava/nio/channels/Selector;)I", (void *)epoll_descriptor},
};

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)reserved;
    JNIEnv *env;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK) {
        return JNI_ERR;
    }
    jclass internals = (*env)->FindClass(env, "io/perilune/dpdk/JdkInternals");
    if (internals == NULL) {
        return JNI_ERR; /* what is pending says why */
    }
    if ((*env)->RegisterNatives(env, internals, methods, sizeof(methods) / sizeof(methods[0])) != 0) {
        return JNI_ERR;
    }
    return JNI_VERSION_1_8;
}
