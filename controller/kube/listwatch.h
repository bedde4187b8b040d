/* listwatch: how a reflector asks the API server: paths and queries, media types, in whose name (client-go's
 * ListerWatcher).
 *
 * Plain data that its owner fills and keeps; I/O thread only. What a function starts belongs to the http client, as
 * attempt.h says; NULL with err when it could not start.
 */
#pragma once

#include "controller/base/clock.h"
#include "controller/kube/attempt.h"
#include "controller/kube/reflector.h"

#define KC_LIST_IDLE_MS (30 * KC_SECOND_MS) /* a page that brings nothing for so long is cut */

struct kc_listwatch {
    struct kc_kube *kube;
    const struct kc_reflector_options *o; /* page and idle_ms are set */
    char *token;                          /* "": none; NULL: not known yet, and nothing may be asked */
};

/* One page. more: its continue token; NULL: the first one. whole: in one piece, without a limit. */
struct kc_attempt *kc_listwatch_list(const struct kc_listwatch *lw, const char *more, bool whole,
                                     const struct kc_attempt_handler *h, struct kc_err *err);
/* from: the resourceVersion to resume from; NULL: the watch begins with a list (KEP-3157). */
struct kc_attempt *kc_listwatch_watch(const struct kc_listwatch *lw, const char *from,
                                      const struct kc_attempt_handler *h, struct kc_err *err);
/* GET /version, which has limit_ms to be answered. */
struct kc_attempt *kc_listwatch_probe(const struct kc_listwatch *lw, int64_t limit_ms,
                                      const struct kc_attempt_handler *h, struct kc_err *err);
