/* protoframer: cuts the API server's protobuf, as it arrives in chunks, into the pieces that are decoded one by one.
 *
 * KC_FRAME_WATCH: each frame has its length before it, four bytes, big-endian (k8s.io/apimachinery
 * pkg/util/framer), and is a metav1.WatchEvent. KC_FRAME_LIST: the stream is one enveloped List ("k8s\0", then
 * runtime.Unknown with the List in its field raw); each of the List's items (field 2 of every List) is a frame and its
 * other fields collect in the envelope, so that a list of any length needs the memory of one item.
 *
 * Pure, one thread. A frame that arrives in one chunk is handed out without a copy.
 */
#pragma once

#include <stdint.h>

#include "controller/base/buf.h"
#include "controller/kube/frame.h"

/* What the next byte belongs to, and what becomes of a value's. */
enum kc_protoframer_state { KC_AT_MAGIC, KC_AT_PREFIX, KC_AT_TAG, KC_AT_VARINT, KC_AT_LENGTH, KC_IN_VALUE };
enum kc_protoframer_use { KC_USE_SKIP, KC_USE_FRAME, KC_USE_ENVELOPE };

struct kc_protoframer {
    enum kc_frame_mode mode;
    size_t limit;   /* of one frame, bytes */
    kc_frame_fn fn; /* called from kc_protoframer_feed */
    void *arg;

    enum kc_protoframer_state state;
    uint64_t number;   /* the magic, length, tag or varint being read */
    unsigned n_number; /* its bytes so far */
    uint32_t field;    /* the field whose value is being read */
    uint64_t left;     /* bytes of that value still to come */
    enum kc_protoframer_use use;
    bool in_list; /* inside of raw */
    uint64_t list_left;
    bool ended;     /* raw is over */
    bool too_large; /* the frame passed the limit: its rest is skipped */
    struct kc_buf frame;
    struct kc_buf envelope; /* the List without items, a message of its own; at most 64 KiB; LIST only */
};

void kc_protoframer_init(struct kc_protoframer *f, enum kc_frame_mode mode, size_t limit, kc_frame_fn fn, void *arg);
void kc_protoframer_finish(struct kc_protoframer *f);

/* Fails with INVALID ("BadFrame") when this is no such stream, or the envelope is too large: the framer is then of no
 * further use. */
KC_CHECK bool kc_protoframer_feed(struct kc_protoframer *f, const char *data, size_t len, struct kc_err *err);
/* The stream has ended. Fails with RETRY ("Truncated") in the middle of a frame or of a List. */
KC_CHECK bool kc_protoframer_end(const struct kc_protoframer *f, struct kc_err *err);
