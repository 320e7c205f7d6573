/* How a device spreads received flows over its queues: told to it before it starts, and asked of it afterwards. */

#include "spreading.h"

#include <string.h>

#include "port.h"

#define KEY_LENGTH 40
#define KEY_WORDS  (KEY_LENGTH / 4)
#define TABLE_MAX  RTE_ETH_RSS_RETA_SIZE_512
#define GROUPS_MAX (TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE)

/* Under this key both directions of a flow have the same hash; Java has the same one. */
static uint8_t symmetric_key[KEY_LENGTH] = {
    0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
    0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
};

void pl_spread(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info)
{
    uint64_t fields = info->flow_type_rss_offloads & RTE_ETH_RSS_TCP;
    if (fields == 0) {
        return; /* whatever it does, each frame is handed to its shard in software */
    }
    conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf->rx_adv_conf.rss_conf.rss_hf = fields;
    if (info->hash_key_size == KEY_LENGTH) {
        conf->rx_adv_conf.rss_conf.rss_key = symmetric_key;
        conf->rx_adv_conf.rss_conf.rss_key_len = KEY_LENGTH;
    }
}

/* The key's words and the redirection table, or null: the device has none, does not tell, or they are of other sizes. */
jintArray JNICALL pl_queue_spreading(JNIEnv *env, jclass class, jint handle)
{
    (void)class;
    struct pl_queue *queue = pl_queue_of(env, handle);
    struct rte_eth_dev_info info;
    if (queue == NULL || queue->kind != PL_PCI || rte_eth_dev_info_get(queue->port, &info) != 0 ||
        info.hash_key_size != KEY_LENGTH || info.reta_size < RTE_ETH_RETA_GROUP_SIZE || info.reta_size > TABLE_MAX) {
        return NULL;
    }
    uint8_t key[KEY_LENGTH] = {0};
    struct rte_eth_rss_conf hash = {.rss_key = key, .rss_key_len = KEY_LENGTH};
    struct rte_eth_rss_reta_entry64 table[GROUPS_MAX];
    memset(table, 0, sizeof(table));
    for (uint16_t i = 0; i < info.reta_size / RTE_ETH_RETA_GROUP_SIZE; i++) {
        table[i].mask = UINT64_MAX;
    }
    if (rte_eth_dev_rss_hash_conf_get(queue->port, &hash) != 0 || (hash.rss_hf & RTE_ETH_RSS_TCP) == 0 ||
        rte_eth_dev_rss_reta_query(queue->port, table, info.reta_size) != 0) {
        return NULL;
    }
    jint words[KEY_WORDS + TABLE_MAX];
    for (int i = 0; i < KEY_WORDS; i++) {
        words[i] = (jint)((uint32_t)key[4 * i] << 24 | (uint32_t)key[4 * i + 1] << 16 | (uint32_t)key[4 * i + 2] << 8 |
                          (uint32_t)key[4 * i + 3]);
    }
    for (uint16_t i = 0; i < info.reta_size; i++) {
        words[KEY_WORDS + i] = table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
    }
    jintArray array = (*env)->NewIntArray(env, KEY_WORDS + info.reta_size);
    if (array != NULL) {
        (*env)->SetIntArrayRegion(env, array, 0, KEY_WORDS + info.reta_size, words);
    }
    return array;
}
