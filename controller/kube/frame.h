/* frame: one piece of an answer of the API server that is decoded on its own: an item of a LIST, an event of a watch.
 *
 * Two framers cut them out of what arrives in chunks, alike in use: framer.h for JSON, protoframer.h for protobuf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum kc_frame_mode { KC_FRAME_WATCH, KC_FRAME_LIST };
enum kc_encoding { KC_JSON, KC_PROTOBUF };

struct kc_frame {
    enum kc_encoding encoding;
    const char *data; /* not NUL-terminated */
    size_t len;
    bool whole; /* false: it is over the limit, and data only its beginning */
};

/* f and its data are good until it returns. */
typedef void (*kc_frame_fn)(void *arg, const struct kc_frame *f);
