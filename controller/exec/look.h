/* look: reads what an action has to see, as the requester: what previews and reads are made of. Uses kube, action.
 *
 * Everything that comes out is redacted (redact.h) and lives in the arena.
 */
#pragma once

#include "controller/action/action.h"
#include "controller/exec/object.h"

/* Asks verb->look for one request after the other, at most KC_MAX_LOOKS. The API server's own words on failure. */
KC_CHECK bool kc_look(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act,
                      struct kc_arena *a, struct kc_looked *ret, struct kc_err *err);

/* The target of a change as it is now, without looking at anything else. */
struct kc_target_seen {
    const json_t *object;       /* the first look: what the change answers with; for a create the new object */
    struct kc_looked seen;      /* the same, for verb->check */
    struct kc_object_meta meta; /* of the target itself, where the verb changes a subresource */
    /* The target itself as the API server wrote it, the one thing here that is not redacted; NULL: not read whole. */
    const char *whole;
    size_t whole_len;
};
/* In which order a subresource and its object are read: what is between the reads goes unnoticed in what was read last.
 * First it is read whole, last its metadata alone. */
enum kc_look_order { KC_META_FIRST, KC_META_LAST };
KC_CHECK bool kc_target_look(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act,
                             enum kc_look_order order, struct kc_arena *a, struct kc_target_seen *ret,
                             struct kc_err *err);
