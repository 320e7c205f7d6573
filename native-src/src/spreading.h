/* How a device spreads received flows over its queues (receive-side scaling). */

#ifndef PL_SPREADING_H
#define PL_SPREADING_H

#include <jni.h>

#include <rte_ethdev.h>

/* Has a device with several queues spread TCP flows over them, by a key of ours where its keys have that length. */
void pl_spread(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info);

jintArray JNICALL pl_queue_spreading(JNIEnv *env, jclass class, jint handle);

#endif
