#include "controller/plan/choose.h"

#include <string.h>

#include "controller/base/clock.h"

#define MAX_OWNERS 512 /* ReplicaSets of one Deployment */
#define SHOWN      6

struct criteria {
    const struct kc_mapping *type;
    struct kc_strs namespaces;
    const struct kc_object *node, *owner;
    struct kc_strs owners; /* names of owner, and of what it controls */
    int64_t now_ms;
    const struct kc_clause *c;
};

struct kc_strs kc_clause_namespaces(const struct kc_reading *r, const struct kc_clause *c)
{
    struct kc_strs one = {.v = kc_arena_array(r->a, 1, sizeof *one.v), .n = 1};
    if (!c->ns)
        return r->in->namespaces;
    one.v[0] = c->ns;
    return one;
}

static const struct kc_mention *where_of(const struct kc_clause *c)
{
    for (size_t i = 0; i < c->n_targets; i++)
        if (c->targets[i].where)
            return &c->targets[i];
    return NULL;
}

static size_t named(const struct kc_clause *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_targets; i++)
        n += !c->targets[i].where;
    return n;
}

static bool has_state(const struct kc_clause *c)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part == KC_W_STATE)
            return true;
    return false;
}

/* A state of what is named says nothing more ("is web healthy"); without a name it describes. */
bool kc_clause_describes(const struct kc_clause *c)
{
    bool type = c->n_kinds || c->pods;
    return !named(c) && ((type && (c->all || where_of(c) || kc_clause_slot(c, KC_SLOT_AGE) ||
                                   kc_clause_slot(c, KC_SLOT_SELECTOR) || has_state(c))) ||
                         has_state(c));
}

const struct kc_mapping *kc_clause_type(const struct kc_reading *r, const struct kc_clause *c)
{
    const struct kc_restmap *map = r->in->inventory->restmap;
    if (c->n_kinds)
        return c->kinds[0];
    if (c->hints & KC_H_AUTOSCALER)
        return kc_restmap_find(map, "horizontalpodautoscalers");
    if (c->suffix && !c->pods)
        return kc_restmap_find(map, kc_str_starts(c->suffix, "service") ? "services" : "deployments");
    if (c->pods || has_state(c) || where_of(c))
        return kc_restmap_find(map, "pods");
    return NULL;
}

static bool has_label(const struct kc_object *o, const char *key, size_t key_len, const char *value)
{
    for (size_t i = 0; i < o->n_labels; i++)
        if (strlen(o->labels[i].key) == key_len && strncmp(o->labels[i].key, key, key_len) == 0)
            return KC_STREQ(o->labels[i].value, value);
    return false;
}

/* "app=web" */
static bool selected(const struct kc_object *o, const char *pair)
{
    const char *equals = strchr(pair, '=');
    return equals && has_label(o, pair, (size_t)(equals - pair), equals + 1);
}

static bool matches(const struct criteria *k, const struct kc_object *o)
{
    if (!kc_same_type(o->mapping, k->type) || (*o->ns && !kc_strs_has(&k->namespaces, o->ns)))
        return false;
    if ((k->node && !KC_STREQ(o->node, k->node->name)) ||
        (k->owner && (!KC_STREQ(o->ns, k->owner->ns) || !kc_strs_has(&k->owners, o->owner_name))))
        return false;
    for (size_t i = 0; i < k->c->n_slots; i++) {
        const struct kc_lexeme *s = k->c->slots[i];
        if (s->part == KC_W_STATE && !kc_state_holds(s->word->state, o))
            return false;
        if (s->part != KC_W_SLOT)
            continue;
        if (s->slot == KC_SLOT_SELECTOR && !selected(o, s->text))
            return false;
        if (s->slot == KC_SLOT_AGE && (!o->created_ms || k->now_ms - o->created_ms <= s->ms))
            return false;
    }
    return true;
}

/* "3 pods, Evicted, on node-3" */
static const char *describe(struct kc_reading *r, const struct criteria *k, size_t n)
{
    const char *out =
        kc_arena_printf(r->a, "%zu %s", n, n == 1 ? kc_or(k->type->singular, k->type->kind) : k->type->resource);
    for (size_t i = 0; i < k->c->n_slots; i++) {
        const struct kc_lexeme *s = k->c->slots[i];
        if (s->part == KC_W_STATE)
            out = kc_arena_printf(r->a, "%s, %s", out, kc_state_name(s->word->state));
        else if (s->slot == KC_SLOT_SELECTOR)
            out = kc_arena_printf(r->a, "%s, %s", out, s->text);
        else if (s->slot == KC_SLOT_AGE)
            out = kc_arena_printf(r->a, "%s, older than %s", out, s->text);
    }
    if (k->node)
        out = kc_arena_printf(r->a, "%s, on %s", out, k->node->name);
    return k->owner ? kc_arena_printf(r->a, "%s, of %s", out, kc_object_show(r->a, k->owner)) : out;
}

static bool expand(struct kc_reading *r, const struct criteria *k, struct kc_chosen *ret)
{
    const struct kc_inventory *inv = r->in->inventory;
    size_t n = 0;
    for (size_t i = 0; i < inv->n; i++) {
        if (!matches(k, &inv->v[i]))
            continue;
        if (ret->n < KC_MAX_STEPS)
            ret->v[ret->n++] = &inv->v[i];
        n++;
    }
    ret->how = describe(r, k, n);
    if (n > KC_MAX_STEPS) {
        for (size_t i = 0; i < SHOWN; i++)
            kc_answer_candidate(r->a, r->ret, ret->v[i]);
        kc_answer_ask(r->a, r->ret, "\"%s\" is %s, at most %d objects are planned at once: name fewer",
                      kc_reading_quote(r, k->c->at, k->c->end), ret->how, KC_MAX_STEPS);
    } else if (!n) {
        kc_answer_refuse(r->a, r->ret, "\"%s\" is %s in %s: nothing to do", kc_reading_quote(r, k->c->at, k->c->end),
                         ret->how, kc_words_join(r->a, &k->namespaces, 5));
    }
    return !kc_reading_done(r);
}

/* The names that an owner's pods have as theirs: its own, and those of the ReplicaSets or Jobs that it controls. */
struct kc_strs kc_owner_names(struct kc_reading *r, const struct kc_object *owner)
{
    const struct kc_inventory *inv = r->in->inventory;
    struct kc_strs ret = {0};
    kc_strs_append(r->a, &ret, owner->name);
    for (size_t i = 0; i < inv->n && ret.n < MAX_OWNERS; i++) {
        const struct kc_object *o = &inv->v[i];
        if (*o->owner_name && !KC_STREQ(o->mapping->kind, "Pod") && KC_STREQ(o->owner_name, owner->name) &&
            KC_STREQ(o->ns, owner->ns) && KC_STREQ(o->owner_kind, owner->mapping->kind))
            kc_strs_append(r->a, &ret, o->name);
    }
    return ret;
}

static int64_t now_of(const struct kc_reading *r)
{
    return r->in->now_ms ? r->in->now_ms : kc_unix_ms();
}

static const struct kc_object *node_of(struct kc_reading *r, const struct kc_clause *c)
{
    const struct kc_mention *m = where_of(c);
    struct kc_mention node = m ? *m : (struct kc_mention){0};
    struct kc_pick any = {.reads = true};
    node.type = kc_restmap_find(r->in->inventory->restmap, "nodes");
    node.ns = NULL; /* a place that was said is of the pods */
    return m ? kc_resolve(r->a, r->in, &any, &node, r->ret) : NULL;
}

static bool choose_described(struct kc_reading *r, const struct kc_clause *c, const struct kc_pick *pick,
                             struct kc_chosen *ret)
{
    struct criteria k = {.type = kc_clause_type(r, c),
                         .namespaces = kc_clause_namespaces(r, c),
                         .now_ms = now_of(r),
                         .c = c,
                         .node = node_of(r, c)};
    if (kc_reading_done(r))
        return false;
    for (size_t i = 0; i < c->n_slots && !pick->reads; i++)
        if (c->slots[i]->part == KC_W_STATE && kc_state_is_vague(c->slots[i]->word->state))
            kc_answer_ask(r->a, r->ret, "\"%s\" is for people to judge: which objects are meant? Name each of them",
                          c->slots[i]->raw);
    if (!kc_pick_applies(pick, k.type))
        kc_answer_refuse(r->a, r->ret, "%s cannot be %s", k.type->resource,
                         pick->verb->participle ? pick->verb->participle : "meant here");
    return !kc_reading_done(r) && expand(r, &k, ret);
}

/* "the web pods", "pods of web": those that web controls. */
static bool choose_pods(struct kc_reading *r, const struct kc_clause *c, const struct kc_mention *m,
                        const struct kc_pick *pick, struct kc_chosen *ret)
{
    struct kc_pick any = {.owned = true, .likeliest = true, .reads = pick->reads};
    struct kc_mention workload = *m;
    struct criteria k = {.type = kc_restmap_find(r->in->inventory->restmap, "pods"),
                         .namespaces = r->in->namespaces,
                         .now_ms = now_of(r),
                         .c = c};
    if (workload.type && KC_STREQ(workload.type->kind, "Pod"))
        workload.type = NULL;
    k.owner = kc_resolve(r->a, r->in, &any, &workload, r->ret);
    if (!k.owner)
        return false;
    if (KC_STREQ(k.owner->mapping->kind, "Pod")) {
        ret->v[ret->n++] = k.owner;
        return true;
    }
    k.owners = kc_owner_names(r, k.owner);
    k.node = node_of(r, c);
    return !kc_reading_done(r) && expand(r, &k, ret);
}

/* "checkout service" is Deployment checkout, unless there is a checkout-service as well. */
static bool check_joined(struct kc_reading *r, const struct kc_pick *pick, const struct kc_mention *m)
{
    struct kc_planned both = {0};
    if (!m->tail || pick->reads)
        return true;
    (void)kc_resolve_exact(r->a, r->in, pick, m->name, &both);
    if (!kc_resolve_exact(r->a, r->in, pick, kc_arena_printf(r->a, "%s-%s", m->name, m->tail), &both))
        return true;
    r->ret->candidates = both.candidates;
    kc_answer_ask(r->a, r->ret, "\"%s %s\" may mean %s: which one is meant?", m->name, m->tail,
                  kc_words_join(r->a, &both.candidates, 4));
    return false;
}

const struct kc_object *kc_choose_one(struct kc_reading *r, const struct kc_clause *c, const struct kc_pick *pick,
                                      const struct kc_mention *m)
{
    struct kc_mention mention = *m;
    const struct kc_mapping *services = kc_restmap_find(r->in->inventory->restmap, "services");
    if (m->ns && !kc_strs_has(&r->in->namespaces, m->ns)) {
        kc_reading_ask_place(r, c->at, c->end, m->ns);
        return NULL;
    }
    if (!check_joined(r, pick, m))
        return NULL;
    bool service = m->tail && kc_str_starts(m->tail, "service"), behind = service && pick->reads;
    if (service && !m->type && services && pick->verb->deed == KC_DEED_DELETE)
        mention.type = services; /* no Deployment goes because of a manner of speaking */
    /* Who looks at "the web service" means the Service, if there is one. */
    if ((m->service || behind) && !m->type && services && kc_pick_applies(pick, services)) {
        struct kc_planned ignored = {0};
        mention.type = services;
        const struct kc_object *o = kc_resolve(r->a, r->in, &(struct kc_pick){.verb = pick->verb}, &mention, &ignored);
        if (o)
            return o;
        mention.type = NULL;
    }
    return kc_resolve(r->a, r->in, pick, &mention, r->ret);
}

static bool has_pod(const struct kc_reading *r, const char *name)
{
    for (size_t i = 0; i < r->in->inventory->n; i++)
        if (KC_STREQ(r->in->inventory->v[i].mapping->kind, "Pod") && KC_STREQ(r->in->inventory->v[i].name, name))
            return true;
    return false;
}

bool kc_choose(struct kc_reading *r, const struct kc_clause *c, const struct kc_pick *pick, struct kc_chosen *ret)
{
    const struct kc_mapping *pods = kc_restmap_find(r->in->inventory->restmap, "pods");
    bool want_pods = c->pods && pods && kc_pick_applies(pick, pods);
    *ret = (struct kc_chosen){.how = ""};
    if (c->ns && !kc_strs_has(&r->in->namespaces, c->ns)) {
        kc_reading_ask_place(r, c->at, c->end, c->ns);
        return false;
    }
    for (size_t i = 0; i < c->n_targets && !kc_reading_done(r); i++) {
        const struct kc_mention *m = &c->targets[i];
        if (m->where && (named(c) || kc_clause_describes(c)))
            continue;
        bool of_pods = want_pods && (!m->type || kc_same_type(m->type, pods));
        if (of_pods && !has_pod(r, m->name)) {
            if (!choose_pods(r, c, m, pick, ret))
                return false;
            continue;
        }
        if (!pick->reads && !m->where && where_of(c))
            kc_answer_ask(r->a, r->ret,
                          "\"%s\": %s can only be changed wherever its pods run: is more meant than those on %s?",
                          kc_reading_quote(r, c->at, c->end), m->name, where_of(c)->name);
        const struct kc_object *o = kc_choose_one(r, c, pick, m);
        if (o && ret->n < KC_MAX_STEPS)
            ret->v[ret->n++] = o;
    }
    if (kc_reading_done(r) || ret->n)
        return !kc_reading_done(r);
    if (kc_clause_describes(c))
        return choose_described(r, c, pick, ret);
    kc_answer_ask(r->a, r->ret, "\"%s\": which object is meant? Say it by its name",
                  kc_reading_quote(r, c->at, c->end));
    return false;
}
