#ifndef PERILUNE_ADDRESS_H
#define PERILUNE_ADDRESS_H

#include <jni.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Claims the name of a kernel interface that is about to be made, in this network namespace and until the descriptor is
 * closed or the process dies. Returns the descriptor, or -1 with the reason if the interface exists or is claimed.
 */
int pl_claim_interface(const char *name, char *reason, size_t size);

/* Whether a descriptor is a packet socket bound to an interface. */
bool pl_is_packet_socket(int descriptor, const char *interface);

/* Has a packet socket's interface receive frames for every address, for as long as the socket is open. */
void pl_receive_all(int descriptor, const char *interface);

/* Returns how many frames a packet socket has lost for want of room since this was last asked. */
uint64_t pl_take_lost_count(int descriptor);

void JNICALL pl_set_address(JNIEnv *env, jclass class, jstring interface, jint address, jint prefix, jint mtu);

void JNICALL pl_set_address6(JNIEnv *env, jclass class, jstring interface, jlong high, jlong low, jint prefix);

jint JNICALL pl_interface_mtu(JNIEnv *env, jclass class, jstring interface);

#endif
