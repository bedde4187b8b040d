/* framer: cuts the API server's JSON, as it arrives in chunks, into the pieces that are decoded one by one.
 *
 * KC_FRAME_WATCH: the stream is one object after another (events); each is a frame. KC_FRAME_LIST: the stream is one
 * List; each object in its top-level "items" is a frame and everything else collects in the envelope (kind, metadata,
 * an emptied "items"), so that a list of any length needs the memory of one item and one bad item spoils nothing.
 * Cutting follows strings and brackets only (RFC 8259): whether a frame is JSON is for the decoder to say.
 *
 * Pure, one thread. A frame that arrives in one chunk is handed out without a copy.
 */
#pragma once

#include "controller/base/buf.h"
#include "controller/kube/frame.h"

struct kc_framer {
    enum kc_frame_mode mode;
    size_t limit;   /* of one frame, bytes */
    kc_frame_fn fn; /* called from kc_framer_feed */
    void *arg;

    size_t depth;       /* open brackets */
    size_t frame_depth; /* depth outside the frame being read; SIZE_MAX: none */
    bool in_string, escaped;
    bool too_large;  /* the frame passed the limit: its rest is skipped */
    bool in_items;   /* inside the top-level "items" */
    bool ended;      /* the List is closed: only white space may follow */
    char member[8];  /* beginning of the last string at depth 1, NUL-terminated */
    size_t member_n; /* its bytes seen */
    struct kc_buf frame;
    struct kc_buf envelope; /* at most 64 KiB; LIST only */
};

void kc_framer_init(struct kc_framer *f, enum kc_frame_mode mode, size_t limit, kc_frame_fn fn, void *arg);
void kc_framer_finish(struct kc_framer *f);

/* Fails with INVALID ("BadFrame") when something other than objects is between frames, or the envelope is too large:
 * the framer is then of no further use. */
KC_CHECK bool kc_framer_feed(struct kc_framer *f, const char *data, size_t len, struct kc_err *err);
/* The stream has ended. Fails with RETRY ("Truncated") in the middle of a frame or of a List. */
KC_CHECK bool kc_framer_end(const struct kc_framer *f, struct kc_err *err);
