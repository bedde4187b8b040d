/* channels: what a command in a container says: the messages of v5.channel.k8s.io (KEP-4006; k8s.io/apimachinery
 * pkg/util/remotecommand), each one a byte that names its channel and then data. Pure.
 *
 * Standard output and error are kept together, in the order in which they come, as a terminal would show them; beyond
 * KC_TRANSCRIPT_MAX bytes they are counted only. The error channel brings a metav1.Status: how it ended.
 */
#pragma once

#include <stdint.h>

#include "controller/base/arena.h"
#include "controller/base/buf.h"

#define KC_CHANNELS_PROTOCOL "v5.channel.k8s.io"
#define KC_TRANSCRIPT_MAX    ((size_t)1 << 20)

struct kc_channels { /* zeroed to begin with */
    struct kc_buf text;
    struct kc_buf status;
    uint64_t bytes, lines; /* of all that came; a last line without its break counts */
    bool open_line;        /* the last byte was no line break */
};

void kc_channels_take(struct kc_channels *c, const void *message, size_t len);
void kc_channels_finish(struct kc_channels *c);

enum kc_exit {
    KC_EXIT_UNTOLD,      /* no Status came */
    KC_EXIT_CODE,        /* it ran to its end: code */
    KC_EXIT_NOT_STARTED, /* the API server or the runtime says that nothing was run: message */
    KC_EXIT_FAILED       /* something else went wrong, before, while or after it ran: message */
};
struct kc_exit_status {
    enum kc_exit how;
    int code;
    const char *message; /* "" or the server's own words */
};
struct kc_exit_status kc_channels_exit(const struct kc_channels *c, struct kc_arena *a);
