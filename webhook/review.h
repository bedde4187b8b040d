/* review: an AdmissionReview (admission.k8s.io/v1, types.go of k8s.io/api/admission/v1), as far as we read it, and its
 * answer.
 *
 * Strings and JSON values are borrowed from the parsed body, which lives in the arena. Answers are appended to a buffer
 * by hand: an answer is a handful of fixed members.
 */
#pragma once

#include "controller/base/buf.h"
#include "webhook/caller.h"

enum kc_operation { KC_CREATE, KC_UPDATE };

struct kc_review {
    const char *uid;
    enum kc_operation operation;
    const char *ns, *name; /* name "": the server has not chosen it yet */
    bool dry_run;
    struct kc_identity who;
    json_t *object; /* the ChatRequest without its status, which is never input */
    json_t *old;    /* NULL on create */
};

/* INVALID: no AdmissionReview, or not of a ChatRequest's create or update. */
KC_CHECK bool kc_review_decode(struct kc_arena *a, const char *body, size_t len, struct kc_review *ret,
                               struct kc_err *err);

/* patch: a JSON patch (RFC 6902); len 0: nothing to change. warnings, which kubectl prints: NULL: none. */
void kc_review_allow(struct kc_arena *a, const struct kc_review *r, const char *patch, size_t len,
                     const struct kc_strs *warnings, struct kc_buf *out);
void kc_review_refuse(const struct kc_review *r, const struct kc_err *why, struct kc_buf *out);
