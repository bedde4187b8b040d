#include "controller/plan/reach_pods.h"

#include "controller/base/map.h"

#define MAX_DEPTH 4 /* CronJob, Job, Pod; an operator's object, Deployment, ReplicaSet, Pod */

const struct kc_near *kc_near_next(const struct kc_surroundings *around, const char *kind, const struct kc_near *prev)
{
    for (const struct kc_near *k = prev ? prev + 1 : around->v; k && k < around->v + around->n; k++)
        if (KC_STREQ(k->kind, kind))
            return k;
    return NULL;
}

bool kc_pod_ready(const struct kc_item *pod)
{
    return KC_STREQ(pod->status, "Running") && pod->ready >= pod->n_containers;
}

/* What a change of the template does to pods that are there. */
static const struct {
    const char *kind;
    enum kc_fate fate;
    const char *path, *value; /* of the object: there it is otherwise. NULL: never */
    const char *why;
} rollouts[] = {
    {"Deployment", KC_FATE_REPLACED, "spec.paused", "true", "once the rollout is resumed"},
    {"StatefulSet", KC_FATE_REPLACED, "spec.updateStrategy.type", "OnDelete", "as they are deleted (OnDelete)"},
    {"DaemonSet", KC_FATE_REPLACED, "spec.updateStrategy.type", "OnDelete", "as they are deleted (OnDelete)"},
    {"ReplicaSet", KC_FATE_LATER, NULL, NULL, "as they end: those that are there stay"},
    {"ReplicationController", KC_FATE_LATER, NULL, NULL, "as they end: those that are there stay"},
};

static void take_template(const struct kc_reach_part *p, struct kc_share *ret)
{
    for (size_t i = 0; i < sizeof rollouts / sizeof *rollouts; i++) {
        if (!KC_STREQ(rollouts[i].kind, p->step->action.target.kind))
            continue;
        const json_t *v = rollouts[i].path ? kc_json_at(p->before, rollouts[i].path) : NULL;
        bool otherwise = json_is_true(v) || (json_is_string(v) && KC_STREQ(json_string_value(v), rollouts[i].value));
        ret->fate = otherwise ? KC_FATE_LATER : rollouts[i].fate;
        ret->why = rollouts[i].why;
    }
}

static bool take_count(const struct kc_change *c, struct kc_share *ret)
{
    if (!KC_STREQ(c->path, "spec.replicas") || !kc_parse_int(kc_or(c->from, "0"), 0, INT32_MAX, &ret->from) ||
        !kc_parse_int(kc_or(c->to, "0"), 0, INT32_MAX, &ret->to))
        return false;
    ret->fate = KC_FATE_COUNT;
    return true;
}

static void find_fate(const struct kc_reach_part *p, struct kc_share *ret)
{
    const struct kc_record_step *step = p->step;

    if (step->action.verb->deed == KC_DEED_DELETE) {
        const char *cascade = kc_or(kc_action_flag(&step->action, "cascade"), "background");
        ret->fate = KC_STREQ(cascade, "orphan") ? KC_FATE_ORPHANED : KC_FATE_ENDS;
        return;
    }
    if (step->action.verb->deed != KC_DEED_UPDATE)
        return;
    for (size_t i = 0; i < step->n_changes; i++) {
        if (take_count(&step->changes[i], ret))
            return;
        if (kc_str_starts(step->changes[i].path, "spec.template"))
            take_template(p, ret);
    }
}

static void destroy_map(void *m)
{
    kc_map_destroy(m);
}

/* One generation more. False: there is none. */
static bool descend(const struct kc_surroundings *around, struct kc_map *owned)
{
    bool more = false;

    for (const struct kc_near *k = around->v; k < around->v + around->n; k++)
        for (size_t i = 0; !KC_STREQ(k->kind, "Pod") && i < k->n; i++) {
            const struct kc_item *item = kc_item_of(k->v[i]);
            void *share = *item->owner_uid ? kc_map_get(owned, item->owner_uid) : NULL;
            if (!share || kc_map_get(owned, k->v[i]->uid))
                continue;
            kc_map_put(owned, k->v[i]->uid, share);
            more = true;
        }
    return more;
}

static void add_sample(struct kc_arena *a, struct kc_touched *t, struct kc_share *share, const struct kc_label *v,
                       size_t n)
{
    if (t->n_samples == t->cap_samples) {
        size_t cap = t->cap_samples ? 2 * t->cap_samples : 16;
        struct kc_sample *more = kc_arena_array(a, cap, sizeof *more);
        if (t->n_samples)
            memcpy(more, t->samples, t->n_samples * sizeof *more);
        t->samples = more;
        t->cap_samples = cap;
    }
    t->samples[t->n_samples++] = (struct kc_sample){v, n, share};
    share->sampled = true;
}

static bool names_pods(const struct kc_touched *t)
{
    for (size_t i = 0; i < t->n_shares; i++)
        if (KC_STREQ(t->shares[i].part->step->action.target.kind, "Pod"))
            return true;
    return false;
}

/* Pods come sorted by name, so those of one owner mostly stand together, and are looked up once. */
static void find_pods(struct kc_arena *a, struct kc_touched *t)
{
    bool themselves = names_pods(t);
    const char *owner = NULL, *sampled = NULL;
    struct kc_share *owners = NULL;

    t->of = kc_arena_array(a, t->pods->n + 1, sizeof(struct kc_share *));
    t->above = kc_arena_array(a, t->pods->n + 1, sizeof(struct kc_share *));
    for (size_t i = 0; i < t->pods->n; i++) {
        const struct kc_item *pod = kc_item_of(t->pods->v[i]);
        struct kc_share *own = themselves ? kc_map_get(t->owned, t->pods->v[i]->uid) : NULL;
        if (!owner || (owner != pod->owner_uid && !KC_STREQ(owner, pod->owner_uid)))
            owners = *pod->owner_uid ? kc_map_get(t->owned, pod->owner_uid) : NULL;
        owner = pod->owner_uid;
        struct kc_share *share = own ? own : owners;
        if (!share)
            continue;
        if (own)
            own->comes_back = *pod->owner_uid && !(owners && owners->fate == KC_FATE_ENDS);
        t->of[i] = share;
        t->above[i] = own ? owners : NULL;
        t->n++;
        share->n++;
        share->n_ready += kc_pod_ready(pod);
        if (!sampled || !*owner || !KC_STREQ(sampled, owner))
            add_sample(a, t, share, pod->labels, pod->n_labels);
        share->sampled = true;
        sampled = owner;
    }
}

/* Labels that pods have which a selector of equalities selects. */
static void sample_selector(struct kc_arena *a, struct kc_touched *t, struct kc_share *share, const struct kc_item *w)
{
    struct kc_label *v = kc_arena_array(a, (size_t)w->n_selector + 1, sizeof *v);
    size_t n = 0;

    for (size_t j = 0; j < w->n_selector; j++)
        if (KC_STREQ(w->selector[j].operator, "In") && !strchr(w->selector[j].values, ','))
            v[n++] = (struct kc_label){w->selector[j].key, w->selector[j].values};
    if (n)
        add_sample(a, t, share, v, n);
}

static bool all_sampled(const struct kc_touched *t)
{
    for (size_t i = 0; i < t->n_shares; i++)
        if (!t->shares[i].sampled)
            return false;
    return true;
}

/* A workload without pods: a Deployment's ReplicaSets carry the labels of its pods, others at least those that they
 * select by. */
static void guess_samples(struct kc_arena *a, const struct kc_surroundings *around, struct kc_touched *t)
{
    for (const struct kc_near *k = kc_near_next(around, "ReplicaSet", NULL); k;
         k = kc_near_next(around, "ReplicaSet", k))
        for (size_t i = 0; i < k->n; i++) {
            struct kc_share *share = kc_map_get(t->owned, k->v[i]->uid);
            if (share && !share->n)
                add_sample(a, t, share, kc_item_of(k->v[i])->labels, kc_item_of(k->v[i])->n_labels);
        }
    for (const struct kc_near *k = around->v; k < around->v + around->n; k++) {
        if (KC_STREQ(k->kind, "Service") || KC_STREQ(k->kind, "PodDisruptionBudget"))
            continue; /* they select other objects' pods */
        for (size_t i = 0; i < k->n; i++) {
            struct kc_share *share = kc_item_of(k->v[i])->selects ? kc_map_get(t->owned, k->v[i]->uid) : NULL;
            if (share && !share->sampled)
                sample_selector(a, t, share, kc_item_of(k->v[i]));
        }
    }
}

void kc_pods_touched(struct kc_arena *a, const struct kc_reach_part *parts, size_t n,
                     const struct kc_surroundings *around, struct kc_touched *ret)
{
    *ret = (struct kc_touched){.shares = kc_arena_array(a, n + 1, sizeof *ret->shares),
                               .n_shares = n,
                               .owned = kc_map_create(NULL),
                               .pods = kc_near_next(around, "Pod", NULL)};
    kc_arena_defer(a, destroy_map, ret->owned);
    for (size_t i = 0; i < n; i++) {
        ret->shares[i].part = &parts[i];
        find_fate(&parts[i], &ret->shares[i]);
        if (*kc_or(parts[i].step->uid, ""))
            kc_map_put(ret->owned, parts[i].step->uid, &ret->shares[i]);
    }
    for (int i = 0; kc_map_count(ret->owned) && i < MAX_DEPTH && descend(around, ret->owned); i++)
        ;
    if (ret->pods)
        find_pods(a, ret);
    if (!all_sampled(ret))
        guess_samples(a, around, ret);
}

bool kc_selects_touched(const struct kc_item *item, const struct kc_touched *t)
{
    for (size_t i = 0; item->selects && i < t->n_samples; i++)
        if (kc_selector_matches(item->selector, item->n_selector, t->samples[i].v, t->samples[i].n))
            return true;
    return false;
}
