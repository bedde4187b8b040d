#include "controller/plan/resolve.h"

#include <string.h>

#include "controller/plan/answer.h"
#include "controller/plan/names.h"

#define MAX_NAMESAKES 64 /* more of them say nothing more */
#define MAX_OWNERS    4  /* Pod, ReplicaSet, Deployment and one custom type above it */

struct objects {
    const struct kc_object **v;
    size_t n;
};

bool kc_same_type(const struct kc_mapping *x, const struct kc_mapping *y)
{
    return KC_STREQ(x->kind, y->kind) && KC_STREQ(kc_or(x->group, ""), kc_or(y->group, ""));
}

static const char *participle(const struct kc_pick *pick)
{
    return pick->verb && pick->verb->participle ? pick->verb->participle : "named here";
}

bool kc_in_scope(const struct kc_plan_input *in, const struct kc_object *o)
{
    return !*o->ns || kc_strs_has(&in->namespaces, o->ns);
}

const struct kc_object *kc_owner_of(const struct kc_inventory *inv, const struct kc_object *o)
{
    for (size_t i = 0; *o->owner_name && i < inv->n; i++)
        if (KC_STREQ(inv->v[i].name, o->owner_name) && KC_STREQ(inv->v[i].ns, o->ns) &&
            KC_STREQ(inv->v[i].mapping->kind, o->owner_kind))
            return &inv->v[i];
    return NULL;
}

const struct kc_object *kc_resolve_root(const struct kc_inventory *inv, const struct kc_object *o)
{
    for (int i = 0; i < MAX_OWNERS; i++) {
        const struct kc_object *owner = kc_owner_of(inv, o);
        if (!owner)
            break;
        o = owner;
    }
    return o;
}

/* An object that a file holds twice, or that is served in two versions, is one object: the later text counts. */
static void add(struct kc_arena *a, struct objects *list, const struct kc_object *o)
{
    for (size_t i = 0; i < list->n; i++)
        if (kc_same_type(list->v[i]->mapping, o->mapping) && KC_STREQ(list->v[i]->ns, o->ns) &&
            KC_STREQ(list->v[i]->name, o->name)) {
            list->v[i] = o;
            return;
        }
    if (list->n == MAX_NAMESAKES)
        return;
    if (!list->v)
        list->v = kc_arena_array(a, MAX_NAMESAKES, sizeof *list->v);
    list->v[list->n++] = o;
}

/* Everything that has the name, sorted by what stands in the way of meaning it. */
struct namesakes {
    struct objects fit;        /* nothing */
    struct objects other_type; /* another type was said */
    struct objects other_ns;   /* another namespace was said */
    struct objects owned;      /* another object controls it */
    struct objects unfit;      /* the verb does not apply to its type */
    struct objects neither;    /* nor does the verb apply to its type */
    struct objects outside;    /* its namespace is not one of the request's */
};

static struct objects *sort(const struct kc_plan_input *in, const struct kc_pick *pick, const struct kc_mention *m,
                            struct namesakes *s, const struct kc_object *o)
{
    if (!kc_in_scope(in, o))
        return &s->outside;
    if (m->ns && !KC_STREQ(m->ns, o->ns))
        return kc_pick_applies(pick, o->mapping) ? &s->other_ns : &s->neither;
    if (!kc_pick_applies(pick, o->mapping))
        return &s->unfit;
    if (!pick->owned && kc_owner_of(in->inventory, o))
        return &s->owned;
    if (m->type && !kc_same_type(m->type, o->mapping))
        return &s->other_type;
    return &s->fit;
}

/* The name of a namespace says where, unless a namespace is asked for. */
bool kc_is_place(const struct kc_object *o, const struct kc_mention *m)
{
    return KC_STREQ(o->mapping->kind, "Namespace") && !(m->type && kc_same_type(m->type, o->mapping));
}

static void find(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                 const struct kc_mention *m, struct namesakes *ret)
{
    const struct kc_inventory *inv = in->inventory;
    const struct kc_namesakes *known = in->names ? kc_names_find(in->names, m->name) : NULL;
    *ret = (struct namesakes){0};
    if (known && known->n < KC_MAX_KNOWN) {
        for (size_t i = 0; i < known->n; i++)
            if (!kc_is_place(known->v[i], m))
                add(a, sort(in, pick, m, ret, known->v[i]), known->v[i]);
        return;
    }
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].name, m->name) && !kc_is_place(&inv->v[i], m))
            add(a, sort(in, pick, m, ret, &inv->v[i]), &inv->v[i]);
}

static void offer(struct kc_arena *a, const struct objects *list, struct kc_planned *ret)
{
    for (size_t i = 0; i < list->n && ret->candidates.n < KC_MAX_CANDIDATES; i++)
        kc_answer_candidate(a, ret, list->v[i]);
}

static bool offer_roots(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                        const struct objects *list, struct kc_planned *ret)
{
    bool any = false;
    for (size_t i = 0; i < list->n; i++) {
        const struct kc_object *root = kc_resolve_root(in->inventory, list->v[i]);
        if (root == list->v[i] || !kc_pick_applies(pick, root->mapping))
            continue;
        kc_answer_candidate(a, ret, root);
        any = true;
    }
    return any;
}

bool kc_resolve_exact(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick, const char *name,
                      struct kc_planned *ret)
{
    struct namesakes s;
    find(a, in, pick, &(struct kc_mention){.name = name}, &s);
    offer(a, &s.fit, ret);
    return s.fit.n > 0;
}

bool kc_resolve_lists(const struct kc_inventory *inv, const char *group, const char *kind)
{
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].mapping->kind, kind) && KC_STREQ(kc_or(inv->v[i].mapping->group, ""), kc_or(group, "")))
            return true;
    return false;
}

bool kc_resolve_exists(const struct kc_inventory *inv, const struct kc_target *t)
{
    for (size_t i = 0; i < inv->n; i++) {
        const struct kc_object *o = &inv->v[i];
        if (KC_STREQ(o->name, t->name) && KC_STREQ(o->ns, t->ns) && KC_STREQ(o->mapping->kind, t->kind) &&
            KC_STREQ(kc_or(o->mapping->group, ""), t->group))
            return true;
    }
    return false;
}

const char *kc_resolve_where(struct kc_arena *a, const struct kc_plan_input *in)
{
    return kc_arena_printf(a, "namespace%s %s", in->namespaces.n == 1 ? "" : "s", kc_words_join(a, &in->namespaces, 5));
}

/* "deployments, statefulsets": the types that the verb applies to. */
static const char *what_can(struct kc_arena *a, const struct kc_restmap *map, const struct kc_pick *pick)
{
    struct kc_strs types = {0};
    for (size_t i = 0; i < map->n; i++)
        if (map->v[i].preferred && kc_pick_applies(pick, &map->v[i]))
            kc_strs_append(a, &types, map->v[i].resource);
    return kc_words_join(a, &types, 8);
}

static void explain_none(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                         const struct kc_mention *m, const struct namesakes *s, struct kc_planned *ret)
{
    const char *where = m->ns ? kc_arena_printf(a, "namespace %s", m->ns) : kc_resolve_where(a, in);
    const char *what = m->type ? kc_arena_printf(a, "%s ", kc_or(m->type->singular, m->type->kind)) : "";
    bool type_fits = !m->type || kc_pick_applies(pick, m->type);
    if (s->other_type.n) {
        offer(a, &s->other_type, ret);
        if (type_fits)
            kc_answer_ask(a, ret, "there is no %s\"%s\" in %s: did you mean %s?", what, m->name, where,
                          ret->candidates.v[0]);
        else
            kc_answer_ask(a, ret, "%s cannot be %s: did you mean %s?", m->type->resource, participle(pick),
                          ret->candidates.v[0]);
    } else if (offer_roots(a, in, pick, &s->owned, ret) || (type_fits && offer_roots(a, in, pick, &s->unfit, ret))) {
        kc_answer_ask(a, ret, "\"%s\" is controlled by another object, which would set it back: did you mean %s?",
                      m->name, ret->candidates.v[0]);
    } else if (s->unfit.n) {
        struct kc_mention any = {.name = m->name, .ns = m->ns};
        kc_resolve_near(a, in, pick, &any, ret);
        const char *shown = kc_object_show(a, s->unfit.v[0]);
        if (ret->candidates.n)
            kc_answer_ask(a, ret, "%s cannot be %s: did you mean one of these?", shown, participle(pick));
        else
            kc_answer_refuse(a, ret, "%s cannot be %s; what can: %s", shown, participle(pick),
                             what_can(a, in->inventory->restmap, pick));
    } else if (!type_fits) {
        kc_answer_refuse(a, ret, "%s cannot be %s; what can: %s", m->type->resource, participle(pick),
                         what_can(a, in->inventory->restmap, pick));
    } else if (s->other_ns.n) {
        offer(a, &s->other_ns, ret);
        kc_answer_ask(a, ret, "there is no %s\"%s\" in %s: did you mean %s?", what, m->name, where,
                      ret->candidates.v[0]);
    } else if (s->outside.n) {
        kc_resolve_near(a, in, pick, m, ret);
        kc_answer_ask(
            a, ret,
            "there is no %s\"%s\" in %s, only in namespace %s: to work there, add it to spec.context.namespaces", what,
            m->name, where, s->outside.v[0]->ns);
    } else {
        kc_resolve_near(a, in, pick, m, ret);
        if (!ret->candidates.n && (m->type || m->ns))
            kc_resolve_near(a, in, pick, &(struct kc_mention){.name = m->name}, ret);
        kc_answer_ask(a, ret, "there is no %s\"%s\" in %s%s", what, m->name, where,
                      ret->candidates.n > 1   ? ": which of these did you mean?"
                      : ret->candidates.n > 0 ? kc_arena_printf(a, ": did you mean %s?", ret->candidates.v[0])
                                              : ", and nothing of a like name: which object is meant?");
    }
}

/* Of several types the one that a person who only looks most likely means. */
static unsigned rank(const struct kc_mapping *m)
{
    static const char *const kinds[][4] = {{"Deployment", "StatefulSet", "DaemonSet", "Node"},
                                           {"CronJob", "ReplicaSet", NULL},
                                           {"Job", NULL},
                                           {"Pod", NULL},
                                           {"Service", NULL}};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t k = 0; k < 4 && kinds[i][k]; k++)
            if (KC_STREQ(kinds[i][k], m->kind))
                return i;
    return sizeof kinds / sizeof *kinds;
}

static const struct kc_object *likeliest(const struct objects *list)
{
    const struct kc_object *best = NULL;
    bool tie = false;
    for (size_t i = 0; i < list->n; i++) {
        const struct kc_object *o = list->v[i];
        bool same = best && rank(o->mapping) == rank(best->mapping);
        if (!KC_STREQ(o->ns, list->v[0]->ns))
            return NULL;
        if (!best || rank(o->mapping) < rank(best->mapping)) {
            best = o;
            tie = false;
        } else if (same) {
            tie = true;
        }
    }
    return tie ? NULL : best;
}

static const struct kc_object *by_show(struct kc_arena *a, const struct kc_inventory *inv, const char *shown)
{
    for (size_t i = 0; i < inv->n; i++)
        if (kc_str_ends(shown, inv->v[i].name) && KC_STREQ(kc_object_show(a, &inv->v[i]), shown))
            return &inv->v[i];
    return NULL;
}

/* The only name that is like it: good enough to look at. */
static const struct kc_object *only_near(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                                         const struct kc_mention *m)
{
    struct kc_planned near = {0};
    struct objects list = {0};
    kc_resolve_near(a, in, pick, m, &near);
    for (size_t i = 0; i < near.candidates.n; i++) {
        const struct kc_object *o = by_show(a, in->inventory, near.candidates.v[i]);
        if (!o || (list.n && !KC_STREQ(o->name, list.v[0]->name)))
            return NULL;
        add(a, &list, o);
    }
    return list.n ? likeliest(&list) : NULL;
}

const struct kc_object *kc_resolve(struct kc_arena *a, const struct kc_plan_input *in, const struct kc_pick *pick,
                                   const struct kc_mention *m, struct kc_planned *ret)
{
    struct namesakes s;
    const struct kc_object *o;
    find(a, in, pick, m, &s);
    if (s.fit.n == 1)
        return s.fit.v[0];
    if (s.fit.n > 1) {
        if ((pick->reads || pick->likeliest) && (o = likeliest(&s.fit)))
            return o;
        offer(a, &s.fit, ret);
        kc_answer_ask(a, ret, "\"%s\" is the name of %zu objects: which one is meant?", m->name, s.fit.n);
    } else {
        bool nowhere = !s.other_type.n && !s.other_ns.n && !s.owned.n && !s.unfit.n && !s.outside.n;
        if (pick->reads && nowhere && (o = only_near(a, in, pick, m)))
            return o;
        explain_none(a, in, pick, m, &s, ret);
    }
    return NULL;
}
