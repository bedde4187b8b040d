/* caller: who sent the request, as the API server authenticated them, against who is written into the object.
 *
 * Strings are borrowed from the JSON they were read from; arrays live in the arena. Pure.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/base/resource.h"

/* authentication.k8s.io/v1 UserInfo. Extras below authentication.kubernetes.io/ (credential ids, pod and node of a
 * service account) are left out: they belong to one credential and are never impersonated. INVALID: not a UserInfo. */
KC_CHECK bool kc_caller_decode(struct kc_arena *a, const json_t *user_info, struct kc_identity *ret,
                               struct kc_err *err);

/* Whether what the author of an object wrote about themselves (an object at path, or NULL: nothing) says nothing but
 * what who is. FORBIDDEN names the field that does not fit. */
KC_CHECK bool kc_caller_claim(const json_t *claimed, const char *path, const struct kc_identity *who,
                              struct kc_err *err);

bool kc_caller_equal(const struct kc_identity *x, const struct kc_identity *y);
