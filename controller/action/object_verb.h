/* object_verb: what verbs that change fields of the object itself have in common. Private to action. */
#pragma once

#include "controller/action/action.h"
#include "controller/action/changes.h"
#include "controller/action/kubectl.h"
#include "controller/action/request.h"

/* verb->look: the target, and nothing else. */
bool kc_look_at_target(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                       struct kc_api_request *ret);

/* PATCH of the target; takes over the body. */
struct kc_api_request kc_patch_target(struct kc_arena *a, const struct kc_action *act, const char *content_type,
                                      json_t *body);
/* The strategic merge patch that makes the object as it was seen one that fits after, as kubectl computes it. after is
 * a deep copy of what was seen that the verb has altered; it stays the caller's. INVALID when nothing differs. */
KC_CHECK bool kc_patch_difference(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                                  const json_t *after, struct kc_api_request *ret, struct kc_err *err);

/* The object as it was seen; NULL: it was not. */
const json_t *kc_seen_object(const struct kc_looked *seen);
bool kc_nothing_to_change(const struct kc_action *act, struct kc_err *err);

struct kc_set_list {
    struct kc_set_field *v;
    size_t n;
};
void kc_set_add(struct kc_arena *a, struct kc_set_list *l, const char *path, const char *value);

/* KEY=VALUE or KEY-; value NULL for the latter. */
struct kc_pair {
    const char *key, *value;
};
struct kc_pair kc_pair_of(struct kc_arena *a, const char *operand);

/* An action of another verb, or of this one with other flags, on the same target: for verb->undo. KC_IRREVERSIBLE when
 * it cannot be written as a command. */
enum kc_reversible kc_undo_with(struct kc_arena *a, const struct kc_action *act, const char *verb,
                                const struct kc_flag_value *flags, size_t n_flags, const struct kc_strs *operands,
                                struct kc_action *ret);
