/* manifest_verb: what verbs that take an object on standard input have in common. Private to action. */
#pragma once

#include "controller/action/create_verb.h"
#include "controller/action/manifest.h"

/* The object as the request's body, a new reference. */
json_t *kc_manifest_body(struct kc_arena *a, const struct kc_action *act);
/* Server-side apply, which kubectl diff asks of the server too (apply_verb.c). Flags: --server-side, without which both
 * are refused, and --force-conflicts. */
extern const struct kc_flag kc_apply_flags[];
KC_CHECK bool kc_apply_validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err);
bool kc_apply_forces(const struct kc_action *act);
struct kc_api_request kc_apply_request(struct kc_arena *a, const struct kc_action *act);
struct kc_api_request kc_apply_request_with(struct kc_arena *a, const struct kc_action *act, bool force);

/* verb->sets: the leaves of the manifest, list items by their merge keys. */
size_t kc_manifest_sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                        struct kc_set_field **ret);
