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
    const char *tail;              /* what follows it: "service", "deployment"; NULL: nothing of the kind */
    size_t word;                   /* its place among the words */
    bool pod;                      /* "pod web-7d9f" */
    bool where;                    /* "on node-3" */
    bool service;                  /* "service web", as kubectl has it */
};

/* What an object has to be for a verb. */
struct kc_pick {
    const struct kc_verb *verb;
    bool owned;     /* objects that another one controls are meant as well */
    bool likeliest; /* of several types the likeliest will do */
    bool reads;     /* the likeliest type, or the only like name, will do */
};

/* The object that fits. NULL: ret asks or refuses. */
const struct kc_object *kc_resolve(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                                   const struct kc_mention *m, struct kc_planned *ret);
/* Adds what the name may have been meant to be: parts of names, then misspellings. */
void kc_resolve_near(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                     const struct kc_mention *m, struct kc_planned *ret);
/* Adds the object that has exactly this name, if there is one to be asked about. */
bool kc_resolve_exact(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick, const char *name,
                      struct kc_planned *ret);
bool kc_resolve_exists(const struct kc_inventory *inv, const struct kc_target *t);
/* Whether the inventory knows of any object of the type: what is never listed cannot be missed. */
bool kc_resolve_lists(const struct kc_inventory *inv, const char *group, const char *kind);
/* The object that controls o, and so on up to one that nothing controls; o itself when nothing does. */
const struct kc_object *kc_resolve_root(const struct kc_inventory *inv, const struct kc_object *o);
/* "namespace shop", "namespaces shop and pay". */
const char *kc_resolve_where(struct kc_arena *a, const struct kc_plan_input *in);
static inline bool kc_pick_applies(const struct kc_pick *p, const struct kc_mapping *m)
{
    /* "cordon NAME" is about one type only. */
    bool fits = !p->verb || p->verb->shape != KC_SHAPE_NAMES || (m && KC_STREQ(p->verb->type, m->resource));
    return fits && (!p->verb || !p->verb->applies || p->verb->applies(m));
}
#define KC_MAX_CANDIDATES 10

/* In the namespaces of the request, or in none. */
bool kc_in_scope(const struct kc_plan_input *in, const struct kc_object *o);
/* The name of a namespace says where, unless a namespace is asked for. */
bool kc_is_place(const struct kc_object *o, const struct kc_mention *m);
const struct kc_object *kc_owner_of(const struct kc_inventory *inv, const struct kc_object *o);
bool kc_same_type(const struct kc_mapping *x, const struct kc_mapping *y);
