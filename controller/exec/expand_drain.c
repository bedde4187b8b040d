/* A drain -> the cordon, where the node is not cordoned yet, and an eviction of each pod that kubectl would evict. */
#include <string.h>

#include "controller/action/drain.h"
#include "controller/action/kubectl.h"
#include "controller/base/map.h"
#include "controller/exec/object.h"
#include "controller/exec/parts.h"
#include "controller/exec/surroundings.h"
#include "controller/plan/reach_drain.h"

#define REASONS_MAX 8
#define NAMED_MAX   16

/* Pods that have a reason in common. */
struct reason {
    const char *why;
    struct kc_buf names;
    size_t n;
};

/* The pods of all nodes that are drained. */
struct leaving {
    struct kc_leaving *v;
    size_t n, cap;
};

struct drain {
    struct kc_parts *e;
    struct leaving *leaving;
    struct kc_planned_step *step; /* the drain of one node */
    const struct kc_mapping *pods, *daemonsets;
    struct kc_map *owners; /* "ns/name" -> what came of looking for the DaemonSet */
    struct reason refused[REASONS_MAX], passed[REASONS_MAX], forced[REASONS_MAX];
};

static void take_reason(struct reason *list, const char *why, const json_t *pod)
{
    struct reason *r = list;

    while (r < list + REASONS_MAX - 1 && r->why && !KC_STREQ(r->why, why))
        r++;
    r->why = why;
    if (r->n++ < NAMED_MAX)
        kc_buf_printf(&r->names, "%s%s/%s", r->n > 1 ? ", " : "", kc_or(kc_json_str(pod, "metadata.namespace"), ""),
                      kc_or(kc_json_str(pod, "metadata.name"), ""));
}

/* "DaemonSet-managed Pods: kube-system/proxy-1, kube-system/dns-2; ..." */
static const char *say_reasons(struct kc_arena *a, struct reason *list)
{
    KC_BUF_SCOPE out = {0};

    for (struct reason *r = list; r < list + REASONS_MAX && r->why; r++) {
        kc_buf_printf(&out, "%s%s: %s", out.len ? "; " : "", r->why, kc_buf_str(&r->names));
        if (r->n > NAMED_MAX)
            kc_buf_printf(&out, " and %zu more", r->n - NAMED_MAX);
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static void finish_reasons(struct drain *d)
{
    for (size_t i = 0; i < REASONS_MAX; i++) {
        kc_buf_finish(&d->refused[i].names);
        kc_buf_finish(&d->passed[i].names);
        kc_buf_finish(&d->forced[i].names);
    }
}

/* False for what is worth trying again. */
static bool look_for_owner(struct drain *d, const json_t *pod, const char *name, enum kc_drain_owner *ret,
                           struct kc_err *err)
{
    static enum kc_drain_owner found[] = {KC_DRAIN_OWNER_UNKNOWN, KC_DRAIN_OWNER_THERE, KC_DRAIN_OWNER_GONE};
    const char *ns = kc_or(kc_json_str(pod, "metadata.namespace"), "");
    const char *key = kc_arena_printf(d->e->a, "%s/%s", ns, name);
    const enum kc_drain_owner *known = kc_map_get(d->owners, key);
    struct kc_err why = {0};

    if (!known) {
        struct kc_target t = kc_target_of(d->daemonsets, ns, name);
        struct kc_object_meta meta;
        bool there = kc_object_meta_read(d->e->x->cluster, d->e->x->who, &t, d->e->a, &meta, &why);
        if (!there && why.class != KC_NOT_FOUND) {
            *err = why;
            return false;
        }
        known = &found[there ? KC_DRAIN_OWNER_THERE : KC_DRAIN_OWNER_GONE];
        kc_map_put(d->owners, key, (void *)(uintptr_t)known);
    }
    *ret = *known;
    return true;
}

static void note_leaving(struct drain *d, const struct kc_target *t, const json_t *pod)
{
    struct leaving *l = d->leaving;

    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        struct kc_leaving *v = kc_arena_array(d->e->a, cap, sizeof *v);
        if (l->n)
            memcpy(v, l->v, l->n * sizeof *v);
        *l = (struct leaving){v, l->n, cap};
    }
    l->v[l->n++] = (struct kc_leaving){t->ns, t->name, kc_json_at(pod, "spec.nodeSelector")};
}

static bool add_eviction(struct drain *d, const json_t *pod, bool force, struct kc_err *err)
{
    static const char *const passed_on[] = {"grace-period", "timeout"};
    struct kc_target t =
        kc_target_of(d->pods, kc_arena_strdup(d->e->a, kc_or(kc_json_str(pod, "metadata.namespace"), "")),
                     kc_arena_strdup(d->e->a, kc_or(kc_json_str(pod, "metadata.name"), "")));
    struct kc_planned_step s = {.reason = d->step->reason};
    struct kc_flag_value flags[3];
    size_t n = 0;

    for (size_t i = 0; i < 2; i++) {
        const char *value = kc_action_flag(&d->step->action, passed_on[i]);
        if (value)
            flags[n++] = (struct kc_flag_value){passed_on[i], value};
    }
    if (force)
        flags[n++] = (struct kc_flag_value){"force", "true"};
    if (!kc_action_make(d->e->a, "evict", &t, flags, n, NULL, 0, &s.action, err))
        return false;
    kc_parts_add(d->e, &s);
    note_leaving(d, &t, pod);
    return true;
}

/* Whoever says "drain node-3" means what can go: kubectl makes people say it. */
static bool ignore_daemonsets(struct drain *d, struct kc_err *err)
{
    static const struct kc_flag_value flag = {"ignore-daemonsets", "true"};
    struct kc_planned_step *s = d->step;

    s->reason = kc_arena_printf(d->e->a, "%s; --ignore-daemonsets, since pods of DaemonSets stay", s->reason);
    return kc_action_make(d->e->a, "drain", &s->action.target, &flag, 1, NULL, 0, &s->action, err);
}

static bool take_pod(struct drain *d, const json_t *pod, struct kc_err *err)
{
    const char *daemonset = kc_drain_daemonset(pod), *why = "";
    enum kc_drain_owner owner = KC_DRAIN_OWNER_UNKNOWN;

    if (daemonset && !look_for_owner(d, pod, daemonset, &owner, err))
        return false;
    if (owner == KC_DRAIN_OWNER_THERE && d->e->x->words && !kc_action_flag(&d->step->action, "ignore-daemonsets") &&
        !ignore_daemonsets(d, err))
        return false;
    switch (kc_drain_judge(&d->step->action, pod, owner, &why)) {
    case KC_DRAIN_EVICTS:
        return add_eviction(d, pod, false, err);
    case KC_DRAIN_FORCES:
        take_reason(d->forced, why, pod);
        return add_eviction(d, pod, true, err);
    case KC_DRAIN_PASSES:
        take_reason(d->passed, why, pod);
        return true;
    case KC_DRAIN_REFUSES:
        take_reason(d->refused, why, pod);
        return true;
    }
    return true;
}

static bool take_pods(struct drain *d, struct kc_err *err)
{
    const char *more = NULL;

    do {
        struct kc_api_request req = kc_drain_pods(d->e->a, &d->step->action, more);
        json_t *list;
        if (!kc_object_read(d->e->x->cluster, d->e->x->who, &req, d->e->a, &list, err))
            return false;
        const json_t *items = json_object_get(list, "items");
        for (size_t i = 0; i < json_array_size(items); i++)
            if (!take_pod(d, json_array_get(items, i), err))
                return false;
        more = kc_or(kc_json_str(list, "metadata.continue"), NULL);
    } while (more);
    return true;
}

/* kubectl leaves a node alone that is cordoned already. */
static bool add_cordon(struct kc_parts *e, const struct kc_planned_step *step, struct kc_err *err)
{
    struct kc_api_request req = {.method = "GET", .path = kc_target_path(e->a, &step->action.target, NULL)};
    struct kc_planned_step s = {.reason = step->reason};
    json_t *node;

    if (!kc_object_read(e->x->cluster, e->x->who, &req, e->a, &node, err))
        return false;
    if (kc_json_bool(node, "spec.unschedulable", false))
        return true;
    if (!kc_action_make(e->a, "cordon", &step->action.target, NULL, 0, NULL, 0, &s.action, err))
        return false;
    kc_parts_add(e, &s);
    return true;
}

/* What the API server refuses is the plan's refusal. */
static bool failed(struct kc_parts *e, const struct kc_planned_step *step, const struct kc_err *why, struct kc_err *err)
{
    const char *command = kc_kubectl_render(e->a, &step->action, e->x->restmap);

    if (kc_is_refusal(why) || why->class == KC_NOT_FOUND) {
        kc_parts_refuse(e, kc_arena_printf(e->a, "%s: %s", command, why->message));
        return true;
    }
    *err = *why;
    return kc_wrap(err, "looking for what %s evicts", command);
}

/* What whoever approves has to know of pods beyond the places that they leave. */
struct remarks {
    struct kc_buf stay, lost;
};

static void remark(struct kc_buf *to, const char *text)
{
    kc_buf_printf(to, "%s%s", to->len && *text ? "; " : "", text);
}

static bool drain_pods(struct drain *d, struct remarks *r, struct kc_err *err)
{
    struct kc_err why = {0};
    bool ok = take_pods(d, &why) || failed(d->e, d->step, &why, err);

    if (ok && d->refused[0].why)
        kc_parts_refuse(d->e, kc_arena_printf(d->e->a, "%s: cannot evict %s",
                                              kc_kubectl_render(d->e->a, &d->step->action, d->e->x->restmap),
                                              say_reasons(d->e->a, d->refused)));
    remark(&r->stay, say_reasons(d->e->a, d->passed));
    remark(&r->lost, say_reasons(d->e->a, d->forced));
    finish_reasons(d);
    return ok;
}

static const char *command_of(struct kc_parts *e, const struct kc_planned_step *drains, size_t n)
{
    struct kc_action *all = kc_arena_array(e->a, n, sizeof *all);

    for (size_t i = 0; i < n; i++)
        all[i] = drains[i].action;
    return kc_kubectl_render_all(e->a, all, n, e->x->restmap);
}

static bool drain_all(struct kc_parts *e, struct kc_planned_step *drains, size_t n, struct kc_map *owners,
                      struct leaving *leaving, struct remarks *remarks, struct kc_err *err)
{
    const struct kc_mapping *pods = kc_restmap_find(e->x->restmap, "pods");
    const struct kc_mapping *daemonsets = kc_restmap_find(e->x->restmap, "daemonsets.apps");

    if (!pods || !daemonsets)
        return kc_fail(err, KC_RETRY, "DiscoveryPending", "the cluster's API does not show pods or daemonsets");
    for (size_t i = 0; i < n && !e->refused; i++) {
        struct kc_err why = {0};
        if (!add_cordon(e, &drains[i], &why) && !failed(e, &drains[i], &why, err))
            return false;
    }
    for (size_t i = 0; i < n && !e->refused; i++) {
        struct drain d = {
            .e = e, .leaving = leaving, .step = &drains[i], .pods = pods, .daemonsets = daemonsets, .owners = owners};
        if (!drain_pods(&d, remarks, err))
            return false;
    }
    return true;
}

static const char *tell_reach(struct kc_parts *e, const struct kc_planned_step *drains, size_t n,
                              const struct leaving *leaving)
{
    const struct kc_near nodes = kc_surrounding_nodes(e->x->cluster, e->a);
    struct kc_surroundings *around = kc_arena_array(e->a, leaving->n + 1, sizeof *around);
    struct kc_drain_scene s = {
        .pods = leaving->v, .n_pods = leaving->n, .around = around, .nodes = nodes.v ? &nodes : NULL};

    s.namespaces.v = kc_arena_array(e->a, leaving->n + 1, sizeof *s.namespaces.v);
    s.drained.v = kc_arena_array(e->a, n, sizeof *s.drained.v);
    for (; s.drained.n < n; s.drained.n++)
        s.drained.v[s.drained.n] = drains[s.drained.n].action.target.name;
    for (size_t i = 0; i < leaving->n; i++) {
        const struct kc_target inside = {.group = "", .kind = "Pod", .ns = leaving->v[i].ns, .name = ""};
        if (kc_strs_has(&s.namespaces, inside.ns))
            continue;
        kc_surroundings_of(e->x->cluster, e->x->who, &inside, e->a, &around[s.namespaces.n]);
        s.namespaces.v[s.namespaces.n++] = inside.ns;
    }
    return kc_reach_drain(e->a, &s);
}

static void name_step(struct kc_parts *e, size_t begins, const struct kc_planned_step *drains, size_t n,
                      const struct leaving *leaving, struct remarks *r)
{
    const char *command = command_of(e, drains, n), *stay = kc_buf_str(&r->stay), *lost = kc_buf_str(&r->lost);

    if (e->p.n_steps == begins) {
        kc_parts_refuse(e, kc_arena_printf(e->a, "%s: nothing is left to do: cordoned, and no pod to evict%s%s",
                                           command, *stay ? "; stay: " : "", stay));
        return;
    }
    kc_parts_close(e, begins, e->p.n_steps, command);
    e->p.steps[begins].reason = drains[0].reason;
    e->p.steps[begins].about =
        kc_arena_printf(e->a, "%s%s%s%s%s", tell_reach(e, drains, n, leaving), *stay ? " · stay: " : "", stay,
                        *lost ? " · nothing brings back: " : "", lost);
}

bool kc_parts_drain(struct kc_parts *e, struct kc_planned_step *drains, size_t n, struct kc_err *err)
{
    size_t begins = e->p.n_steps;
    struct kc_map *owners = kc_map_create(NULL);
    struct remarks remarks = {0};
    struct leaving leaving = {0};
    bool ok = drain_all(e, drains, n, owners, &leaving, &remarks, err);

    kc_map_destroy(owners);
    if (ok && !e->refused)
        name_step(e, begins, drains, n, &leaving, &remarks);
    kc_buf_finish(&remarks.stay);
    kc_buf_finish(&remarks.lost);
    return ok;
}
