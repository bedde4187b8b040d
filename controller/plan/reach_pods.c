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

static void take_template(const struct kc_record_step *step, const json_t *before, struct kc_touched *ret)
{
    for (size_t i = 0; i < sizeof rollouts / sizeof *rollouts; i++) {
        if (!KC_STREQ(rollouts[i].kind, step->action.target.kind))
            continue;
        const json_t *v = rollouts[i].path ? kc_json_at(before, rollouts[i].path) : NULL;
        bool otherwise = json_is_true(v) || (json_is_string(v) && KC_STREQ(json_string_value(v), rollouts[i].value));
        ret->fate = otherwise ? KC_FATE_LATER : rollouts[i].fate;
        ret->why = rollouts[i].why;
    }
}

static bool take_count(const struct kc_change *c, struct kc_touched *ret)
{
    if (!KC_STREQ(c->path, "spec.replicas") || !kc_parse_int(kc_or(c->from, "0"), 0, INT32_MAX, &ret->from) ||
        !kc_parse_int(kc_or(c->to, "0"), 0, INT32_MAX, &ret->to))
        return false;
    ret->fate = KC_FATE_COUNT;
    return true;
}

static void find_fate(const struct kc_record_step *step, const json_t *before, struct kc_touched *ret)
{
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
            take_template(step, before, ret);
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
            if (!*item->owner_uid || kc_map_get(owned, k->v[i]->uid) || !kc_map_get(owned, item->owner_uid))
                continue;
            kc_map_put(owned, k->v[i]->uid, (void *)(uintptr_t)item);
            more = true;
        }
    return more;
}

static void add_sample(struct kc_touched *t, const struct kc_label *v, size_t n)
{
    if (t->n_samples == KC_SAMPLES_MAX)
        return;
    t->samples[t->n_samples].v = v;
    t->samples[t->n_samples++].n = n;
}

/* Pods come sorted by name, so those of one owner mostly stand together. */
static void find_pods(struct kc_arena *a, const struct kc_target *target, struct kc_touched *t)
{
    bool itself = KC_STREQ(target->kind, "Pod");
    const char *owner = NULL;

    t->mine = kc_arena_array(a, t->pods->n + 1, sizeof *t->mine);
    for (size_t i = 0; i < t->pods->n; i++) {
        const struct kc_item *pod = kc_item_of(t->pods->v[i]);
        if (!(itself ? KC_STREQ(pod->name, target->name) : *pod->owner_uid && kc_map_get(t->owned, pod->owner_uid)))
            continue;
        t->mine[i] = true;
        t->n++;
        t->n_ready += kc_pod_ready(pod);
        if (!owner || !KC_STREQ(owner, pod->owner_uid))
            add_sample(t, pod->labels, pod->n_labels);
        owner = pod->owner_uid;
    }
}

/* A workload without pods: a Deployment's ReplicaSets carry the labels of its pods, others at least those that they
 * select by. */
static void guess_samples(struct kc_arena *a, const struct kc_record_step *step, const struct kc_surroundings *around,
                          struct kc_touched *t)
{
    const char *name = step->action.target.name, *kind = step->action.target.kind;

    for (const struct kc_near *k = kc_near_next(around, "ReplicaSet", NULL); k;
         k = kc_near_next(around, "ReplicaSet", k))
        for (size_t i = 0; i < k->n; i++)
            if (kc_map_get(t->owned, k->v[i]->uid))
                add_sample(t, kc_item_of(k->v[i])->labels, kc_item_of(k->v[i])->n_labels);
    for (const struct kc_near *k = kc_near_next(around, kind, NULL); k; k = kc_near_next(around, kind, k))
        for (size_t i = 0; i < k->n && !t->n_samples; i++) {
            const struct kc_item *w = kc_item_of(k->v[i]);
            if (!KC_STREQ(w->name, name))
                continue;
            struct kc_label *v = kc_arena_array(a, (size_t)w->n_selector + 1, sizeof *v);
            size_t n = 0;
            for (size_t j = 0; j < w->n_selector; j++)
                if (KC_STREQ(w->selector[j].operator, "In") && !strchr(w->selector[j].values, ','))
                    v[n++] = (struct kc_label){w->selector[j].key, w->selector[j].values};
            if (n)
                add_sample(t, v, n);
        }
}

void kc_pods_touched(struct kc_arena *a, const struct kc_record_step *step, const json_t *before,
                     const struct kc_surroundings *around, struct kc_touched *ret)
{
    *ret = (struct kc_touched){.owned = kc_map_create(NULL), .pods = kc_near_next(around, "Pod", NULL)};
    kc_arena_defer(a, destroy_map, ret->owned);
    find_fate(step, before, ret);
    if (*kc_or(step->uid, "")) {
        kc_map_put(ret->owned, step->uid, ret->owned);
        for (int i = 0; i < MAX_DEPTH && descend(around, ret->owned); i++)
            ;
    }
    if (ret->pods)
        find_pods(a, &step->action.target, ret);
    if (!ret->n)
        guess_samples(a, step, around, ret);
}

bool kc_selects_touched(const struct kc_item *item, const struct kc_touched *t)
{
    for (size_t i = 0; item->selects && i < t->n_samples; i++)
        if (kc_selector_matches(item->selector, item->n_selector, t->samples[i].v, t->samples[i].n))
            return true;
    return false;
}
