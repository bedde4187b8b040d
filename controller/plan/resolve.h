/* resolve: a name as a person wrote it -> the one object that it means, or a question. Private to plan.
 *
 * Only a whole name is taken for an object. What is merely like one is a candidate to ask about.
 */
#pragma once

#include "controller/plan/planner.h"

struct kc_mention {
    const char *name;              /* in lower case */
    const struct kc_mapping *type; /* "deployment web"; NULL: not said */
    const char *ns;                /* "web in shop"; NULL: not said */
};

/* The object, which verb applies to and which no other object in the inventory controls. NULL: ret asks or refuses. */
const struct kc_object *kc_resolve(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_verb *verb,
                                   const struct kc_mention *m, struct kc_planned *ret);
/* Adds what the name may have been meant to be: parts of names, then misspellings. */
void kc_resolve_near(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_verb *verb,
                     const struct kc_mention *m, struct kc_planned *ret);
/* Adds the object that has exactly this name, if there is one to be asked about. */
bool kc_resolve_exact(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_verb *verb, const char *name,
                      struct kc_planned *ret);
bool kc_resolve_exists(const struct kc_inventory *inv, const struct kc_target *t);
/* "namespace shop", "namespaces shop and pay". */
const char *kc_resolve_where(struct kc_arena *a, const struct kc_plan_input *in);
