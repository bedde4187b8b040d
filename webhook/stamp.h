/* stamp: what the mutating webhook writes into an object: who asks, who approves, and the seals over it. */
#pragma once

#include "webhook/admission.h"
#include "webhook/review.h"

/* Appends a JSON patch, or nothing when there is nothing to write. Fails with FORBIDDEN or INVALID and a message for
 * the person who sent the request. */
KC_CHECK bool kc_stamp(struct kc_arena *a, const struct kc_review *r, const struct kc_admission_snapshot *s,
                       int64_t now, struct kc_buf *patch, struct kc_err *err);
