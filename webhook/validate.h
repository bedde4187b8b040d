/* validate: what must never be stored, said in words that help. Pure. */
#pragma once

#include "webhook/admission.h"
#include "webhook/review.h"

/* False with FORBIDDEN or INVALID: field, value, and what to do instead. *ret_warnings: what whoever asks should know
 * although it is stored. */
KC_CHECK bool kc_validate(struct kc_arena *a, const struct kc_review *r, const struct kc_admission_snapshot *s,
                          struct kc_strs *ret_warnings, struct kc_err *err);
