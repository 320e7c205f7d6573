/* The kernel's side of a link: its interfaces, their addresses and states, by ioctl and netlink. */

#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"

int pl_claim_interface(const char *name, char *reason, size_t size)
{
    /*
     * Two processes that attach to one tap by name would each get a part of its frames, and the kernel says nothing. An
     * abstract socket is a lock with the right reach: the network namespace; and the kernel drops it with its holder.
     */
    struct sockaddr_un lock = {.sun_family = AF_UNIX};
    if (name[0] == '\0' || strlen(name) >= IFNAMSIZ) {
        snprintf(reason, size, "an interface's name has 1 to %d bytes", IFNAMSIZ - 1);
        return -1;
    }
    int length = snprintf(lock.sun_path + 1, sizeof(lock.sun_path) - 1, "perilune-tap-%s", name);
    int claim = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (claim < 0) {
        snprintf(reason, size, "%s", strerror(errno));
        return -1;
    }
    if (bind(claim, (struct sockaddr *)&lock, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0) {
        if (errno == EADDRINUSE) {
            snprintf(reason, size, "another process uses the interface %s", name);
        } else {
            snprintf(reason, size, "the interface's name %s cannot be claimed: %s", name, strerror(errno));
        }
        close(claim);
        return -1;
    }
    if (if_nametoindex(name) != 0) {
        snprintf(reason, size, "an interface %s exists already", name);
        close(claim);
        return -1;
    }
    return claim;
}

bool pl_is_packet_socket(int descriptor, const char *interface)
{
    int domain = 0;
    socklen_t length = sizeof(domain);
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 || domain != AF_PACKET) {
        return false;
    }
    struct sockaddr_ll bound = {0};
    length = sizeof(bound);
    return getsockname(descriptor, (struct sockaddr *)&bound, &length) == 0 &&
           bound.sll_ifindex == (int)if_nametoindex(interface);
}

void pl_receive_all(int descriptor, const char *interface)
{
    /* Not by the interface's own flag, which would stay set after the link has gone. A failure shows as silence. */
    struct packet_mreq request = {.mr_ifindex = (int)if_nametoindex(interface), .mr_type = PACKET_MR_PROMISC};
    (void)!setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request));
}

uint64_t pl_take_lost_count(int descriptor)
{
    struct tpacket_stats counts = {0};
    socklen_t length = sizeof(counts);
    return getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &counts, &length) == 0 ? counts.tp_drops : 0;
}

static struct ifreq request_for(const char *name)
{
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    return request;
}

static struct ifreq request_with_address(const char *name, uint32_t address)
{
    struct ifreq request = request_for(name);
    struct sockaddr_in socket_address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    memcpy(&request.ifr_addr, &socket_address, sizeof(socket_address));
    return request;
}

void JNICALL pl_set_address(JNIEnv *env, jclass class, jstring interface, jint address, jint prefix, jint mtu)
{
    (void)class;
    if (prefix < 0 || prefix > 32) {
        pl_throw_state(env, "a prefix of %d bits cannot be", prefix);
        return;
    }
    if (interface == NULL) {
        pl_throw_state(env, "no interface is named");
        return;
    }
    const char *name = (*env)->GetStringUTFChars(env, interface, NULL);
    if (name == NULL) {
        return;
    }
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const char *failed = control < 0 ? "a socket" : NULL;

    struct ifreq request = request_for(name);
    request.ifr_mtu = mtu;
    if (failed == NULL && ioctl(control, SIOCSIFMTU, &request) != 0) {
        failed = "its mtu";
    }
    if (failed == NULL && address != 0) {
        request = request_with_address(name, (uint32_t)address);
        failed = ioctl(control, SIOCSIFADDR, &request) != 0 ? "its address" : NULL;
        request = request_with_address(name, prefix == 0 ? 0 : UINT32_MAX << (32 - prefix));
        if (failed == NULL && ioctl(control, SIOCSIFNETMASK, &request) != 0) {
            failed = "its prefix";
        }
    }
    request = request_for(name);
    if (failed == NULL && ioctl(control, SIOCGIFFLAGS, &request) != 0) {
        failed = "its state";
    }
    request.ifr_flags |= IFF_UP;
    if (failed == NULL && ioctl(control, SIOCSIFFLAGS, &request) != 0) {
        failed = "its state";
    }
    if (failed != NULL) {
        pl_throw_io(env, "the kernel's side, interface %s, does not take %s: %s", name, failed, strerror(errno));
    }
    if (control >= 0) {
        close(control);
    }
    (*env)->ReleaseStringUTFChars(env, interface, name);
}

/* What asks the kernel for a new IPv6 address: one address, and flags that do not fit the old field. */
struct new_address {
    struct nlmsghdr header;
    struct ifaddrmsg message;
    struct rtattr address;
    uint8_t octets[16];
    struct rtattr flags;
    uint32_t flag_bits;
};

/* Sends a request and waits for the kernel's verdict, which comes at once; 0, or the error's number. */
static int ask_kernel(const struct new_address *request)
{
    int control = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (control < 0) {
        return errno;
    }
    struct {
        struct nlmsghdr header;
        struct nlmsgerr verdict;
        char rest[512];
    } reply = {0};
    int error = EPROTO;
    if (send(control, request, request->header.nlmsg_len, 0) < 0 || recv(control, &reply, sizeof(reply), 0) < 0) {
        error = errno;
    } else if (reply.header.nlmsg_type == NLMSG_ERROR) {
        error = -reply.verdict.error;
    }
    close(control);
    return error;
}

void JNICALL pl_set_address6(JNIEnv *env, jclass class, jstring interface, jlong high, jlong low, jint prefix)
{
    (void)class;
    if (prefix < 0 || prefix > 128) {
        pl_throw_state(env, "a prefix of %d bits cannot be", prefix);
        return;
    }
    const char *name = (*env)->GetStringUTFChars(env, interface, NULL);
    if (name == NULL) {
        return;
    }
    struct new_address request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = RTM_NEWADDR,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE},
        .message = {.ifa_family = AF_INET6, .ifa_prefixlen = (uint8_t)prefix, .ifa_index = if_nametoindex(name)},
        .address = {.rta_len = RTA_LENGTH(16), .rta_type = IFA_LOCAL},
        .flags = {.rta_len = RTA_LENGTH(sizeof(uint32_t)), .rta_type = IFA_FLAGS},
        /* The tap has two ends, and the other one is ours: nobody else can have the address (RFC 4862 section 5.4). */
        .flag_bits = IFA_F_NODAD,
    };
    for (int i = 0; i < 8; i++) {
        request.octets[i] = (uint8_t)((uint64_t)high >> (56 - 8 * i));
        request.octets[8 + i] = (uint8_t)((uint64_t)low >> (56 - 8 * i));
    }
    int error = request.message.ifa_index == 0 ? ENODEV : ask_kernel(&request);
    if (error != 0) {
        pl_throw_io(env, "the kernel's side, interface %s, does not take its IPv6 address: %s", name, strerror(error));
    }
    (*env)->ReleaseStringUTFChars(env, interface, name);
}

jint JNICALL pl_interface_mtu(JNIEnv *env, jclass class, jstring interface)
{
    (void)class;
    if (interface == NULL) {
        pl_throw_state(env, "no interface is named");
        return 0;
    }
    const char *name = (*env)->GetStringUTFChars(env, interface, NULL);
    if (name == NULL) {
        return 0;
    }
    struct ifreq request = request_for(name);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0 || strlen(name) >= sizeof(request.ifr_name)) {
        pl_throw_io(env, "the interface %s cannot be looked at: %s", name,
                    strerror(control < 0 ? errno : ENAMETOOLONG));
    } else if (ioctl(control, SIOCGIFMTU, &request) != 0) {
        if (errno == ENODEV) {
            pl_throw_io(env, "there is no interface %s; \"ip link\" lists those there are", name);
        } else {
            pl_throw_io(env, "the interface %s does not tell its mtu: %s", name, strerror(errno));
        }
    }
    if (control >= 0) {
        close(control);
    }
    (*env)->ReleaseStringUTFChars(env, interface, name);
    return request.ifr_mtu;
}
