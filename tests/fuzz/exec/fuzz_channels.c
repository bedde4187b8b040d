/* Messages of v5.channel.k8s.io: each with its length in one byte, in front of them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/exec/channels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_channels c = {0};
    uint64_t sent = 0;

    while (size) {
        size_t len = data[0] < size - 1 ? data[0] : size - 1;
        kc_channels_take(&c, data + 1, len);
        sent += len;
        data += len + 1;
        size -= len + 1;
    }
    struct kc_exit_status exit = kc_channels_exit(&c, a);
    if (c.bytes > sent || c.lines > c.bytes || c.text.len > KC_TRANSCRIPT_MAX || exit.code < 0 ||
        (exit.how != KC_EXIT_CODE && exit.code))
        abort();
    kc_channels_finish(&c);
    return 0;
}
