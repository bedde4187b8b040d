/* choose: the objects that a clause is about: those it names, or those it describes. Private to plan.
 *
 * A description ("evicted pods", "failed jobs older than a day", "all deployments in staging", "pods of web") becomes
 * exact objects here, at planning time: at most KC_MAX_STEPS, more are asked about.
 */
#pragma once

#include "controller/plan/clause.h"

struct kc_chosen {
    const struct kc_object *v[KC_MAX_STEPS];
    size_t n;
    const char *how; /* "2 pods Evicted"; "" for objects that were named */
};

/* False: it asks, or refuses. */
KC_CHECK bool kc_choose(struct kc_reading *r, const struct kc_clause *c, const struct kc_pick *pick,
                        struct kc_chosen *ret);
/* One object for one mention. Pods are not looked for behind a workload's name. NULL: it asks, or refuses. */
const struct kc_object *kc_choose_one(struct kc_reading *r, const struct kc_clause *c, const struct kc_pick *pick,
                                      const struct kc_mention *m);

/* Whether the clause describes objects rather than naming them. */
bool kc_clause_describes(const struct kc_clause *c);
/* The type of what is described: "pods", "failed jobs"; pods when only a state or a node is said. NULL: not said. */
const struct kc_mapping *kc_clause_type(const struct kc_reading *r, const struct kc_clause *c);
/* The namespaces that the clause speaks of. */
struct kc_strs kc_clause_namespaces(const struct kc_reading *r, const struct kc_clause *c);
/* The names that the pods of an owner have as theirs: its own, and those of the ReplicaSets or Jobs that it controls.
 */
struct kc_strs kc_owner_names(struct kc_reading *r, const struct kc_object *owner);
/* Whether the object is in that state (state.c). */
bool kc_state_holds(enum kc_state state, const struct kc_object *o);
/* "Evicted", "not running" */
const char *kc_state_name(enum kc_state state);
/* For people to judge: nothing is changed because of it. */
bool kc_state_is_vague(enum kc_state state);
