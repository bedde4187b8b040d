/* approval: the one entry that an update appends to spec.approvals, checked against what is stored.
 *
 * Approvals are append-only and each person writes one at a time, as themselves, for the plan that is shown right now.
 * Both webhooks ask here: one before it stamps the entry, the other before it is stored. Pure.
 */
#pragma once

#include "webhook/review.h"

#define KC_NO_APPROVAL SIZE_MAX

/* *ret_at: index of the appended entry, or KC_NO_APPROVAL. Fails with FORBIDDEN or INVALID and a message for the
 * person. */
KC_CHECK bool kc_approval_appended(const struct kc_review *r, size_t *ret_at, struct kc_err *err);
