/* manifest_verb: what verbs that take an object on standard input have in common. Private to action. */
#pragma once

#include "controller/action/create_verb.h"
#include "controller/action/manifest.h"

/* The object as the request's body, a new reference. */
json_t *kc_manifest_body(struct kc_arena *a, const struct kc_action *act);
/* verb->sets: the leaves of the manifest, list items by their merge keys. */
size_t kc_manifest_sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                        struct kc_set_field **ret);
/* verb->undo where the object was there: kubectl replace with what it was, as far as a manifest says it. */
enum kc_reversible kc_undo_replace(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                                   struct kc_action *ret);
