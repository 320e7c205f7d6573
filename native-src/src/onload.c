/* The way in: binds the native methods of io.perilune.dpdk.Native. */

#include <jni.h>

#include "address.h"
#include "buffers.h"
#include "burst.h"
#include "eal.h"
#include "layout.h"
#include "port.h"
#include "spreading.h"
#include "wait.h"

static jintArray JNICALL layout(JNIEnv *env, jclass class)
{
    (void)class;
    const jint numbers[] = {PL_VERSION,
                            PL_BURST_MAX,
                            sizeof(struct pl_descriptor),
                            offsetof(struct pl_descriptor, cell),
                            offsetof(struct pl_descriptor, offset),
                            offsetof(struct pl_descriptor, length),
                            offsetof(struct pl_descriptor, flags),
                            PL_RX_IP_CHECKSUM_GOOD,
                            PL_RX_L4_CHECKSUM_GOOD,
                            PL_RX_L4_CHECKSUM_BAD,
                            PL_PIECES_MAX,
                            PL_TX_KEEP,
                            PL_TX_MORE,
                            PL_SLAB_LENGTH,
                            offsetof(struct pl_slab, counts),
                            sizeof(struct rte_mbuf_ext_shared_info),
                            offsetof(struct rte_mbuf_ext_shared_info, refcnt),
                            offsetof(struct pl_slab, returned),
                            PL_HEADROOM,
                            PL_KINDS};
    jsize count = sizeof(numbers) / sizeof(numbers[0]);
    jintArray array = (*env)->NewIntArray(env, count);
    if (array != NULL) {
        (*env)->SetIntArrayRegion(env, array, 0, count, numbers);
    }
    return array;
}

#define METHOD(java_name, signature, function) {(char *)(java_name), (char *)(signature), (void *)(function)}

static const JNINativeMethod methods[] = {
    METHOD("layout", "()[I", layout),
    METHOD("ealStart", "([Ljava/lang/String;)V", pl_eal_start),
    METHOD("ealLog", "()Ljava/lang/String;", pl_eal_log),
    METHOD("portOpen",
           "(ILjava/lang/String;Ljava/lang/String;Ljava/lang/String;[I[Ljava/nio/ByteBuffer;)[I", pl_port_open),
    METHOD("portClose", "(I)V", pl_port_close),
    METHOD("queueSlabs", "(I)[Ljava/nio/ByteBuffer;", pl_queue_slabs),
    METHOD("queueFact", "(II)J", pl_queue_fact),
    METHOD("queueSpreading", "(I)[I", pl_queue_spreading),
    METHOD("rxBurst", "(I)I", pl_rx_burst),
    METHOD("txBurst", "(II)I", pl_tx_burst),
    METHOD("reclaim", "(I)V", pl_reclaim),
    METHOD("take", "(I[II)I", pl_take),
    METHOD("give", "(I[II)V", pl_give),
    METHOD("eventOpen", "()I", pl_event_open),
    METHOD("eventClose", "(I)V", pl_event_close),
    METHOD("eventSignal", "(I)V", pl_event_signal),
    METHOD("sleep", "(IIIJ)V", pl_sleep),
    METHOD("setAddress", "(Ljava/lang/String;III)V", pl_set_address),
    METHOD("setAddress6", "(Ljava/lang/String;JJI)V", pl_set_address6),
    METHOD("interfaceMtu", "(Ljava/lang/String;)I", pl_interface_mtu),
};

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)reserved;
    JNIEnv *env;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK) {
        return JNI_ERR;
    }
    jclass native = (*env)->FindClass(env, "io/perilune/dpdk/Native");
    if (native == NULL) {
        return JNI_ERR; /* what is pending says why */
    }
    if ((*env)->RegisterNatives(env, native, methods, sizeof(methods) / sizeof(methods[0])) != 0) {
        return JNI_ERR;
    }
    return JNI_VERSION_1_8;
}
