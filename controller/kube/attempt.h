/* attempt: one GET of a reflector that streams its answer: a LIST page, a WATCH or a probe.
 *
 * I/O thread only. It belongs to the http client from start to on_end, which frees it; the reflector may let go of it
 * before (kc_attempt_drop) and then hears nothing more of it.
 */
#pragma once

#include "controller/base/resource.h"
#include "controller/http/client.h"
#include "controller/kube/frame.h"

enum kc_attempt_kind { KC_LIST, KC_WATCH, KC_PROBE };

struct kc_attempt;

struct kc_attempt_handler {
    void (*on_head)(void *arg); /* status 200 has come; may be NULL */
    void (*on_byte)(void *arg); /* something has come */
    /* A list's item or a watch's event. False with err ends the attempt, which then reports err. May be NULL. */
    bool (*on_frame)(void *arg, const struct kc_frame *f, struct kc_err *err);
    /* Last, once. err NULL: status 200, and the answer is complete (a watch: not broken off within an event). Else why
     * not: the server's Status for other statuses. */
    void (*on_end)(void *arg, const struct kc_attempt *a, const struct kc_err *err);
    void *arg;
};

struct kc_attempt_request {
    enum kc_attempt_kind kind;
    struct kc_http_target *target;
    const char *path;             /* path and query, encoded */
    const char *accept;           /* "application/json"; protobuf with it: the answer's Content-Type decides */
    const char *token;            /* "" or NULL: none */
    const struct kc_identity *as; /* whom to impersonate; an empty username: nobody */
    int64_t idle_ms, timeout_ms;
    size_t max_frame;
    bool bulk; /* kc_http_request's */
};

/* on_end is never called from here. NULL with err when it could not start. */
struct kc_attempt *kc_attempt_start(struct kc_http_client *http, const struct kc_attempt_request *req,
                                    const struct kc_attempt_handler *h, struct kc_err *err);
struct kc_attempt *kc_attempt_drop(struct kc_attempt *a); /* cancels; accepts NULL, returns NULL */

enum kc_attempt_kind kc_attempt_kind(const struct kc_attempt *a);
int64_t kc_attempt_last_byte_ms(const struct kc_attempt *a); /* kc_mono_ms; of its start when none has come */
/* Status 200 has come at kc_mono_ms; 0: not yet. */
int64_t kc_attempt_head_ms(const struct kc_attempt *a);
struct kc_frame kc_attempt_envelope(const struct kc_attempt *a); /* of a LIST */
