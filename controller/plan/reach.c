#include "controller/plan/reach.h"

#include <ctype.h>

#include "controller/base/map.h"
#include "controller/plan/reach_pods.h"

#define NAMES_MAX 3 /* of one sort; the rest are counted */
#define HITS_MAX  64

/* A service in which the change shows. */
struct hit {
    const struct kc_item *service;
    int64_t now, after; /* endpoints that are ready */
};

struct reach {
    struct kc_arena *a;
    const struct kc_record_step *step;
    const struct kc_target *target;
    const struct kc_surroundings *around;
    struct kc_touched pods;
    struct hit hits[HITS_MAX];
    size_t n_hits;
    bool services_named;
    struct kc_buf *out;
};

static void KC_PRINTF(2, 3) say(struct reach *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const char *text = kc_arena_vprintf(r->a, fmt, ap);
    va_end(ap);
    kc_buf_printf(r->out, "%s%s", r->out->len ? " · " : "", text);
}

static const char *count(struct reach *r, size_t n, const char *one, const char *many)
{
    return kc_arena_printf(r->a, "%zu %s", n, n == 1 ? one : many);
}

static const char *pods(struct reach *r, size_t n)
{
    return count(r, n, "pod", "pods");
}

static const char *lower(struct reach *r, const char *s)
{
    char *t = kc_arena_strdup(r->a, s);

    for (char *p = t; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return t;
}

/* What becomes of the pods. */

static void say_count(struct reach *r)
{
    int64_t by = r->pods.to - r->pods.from;

    if (by)
        say(r, "%lld %s %s", (long long)(by < 0 ? -by : by), by > 0 ? "more" : "fewer",
            by == 1 || by == -1 ? "pod" : "pods");
}

static void say_replaced(struct reach *r)
{
    if (r->pods.n)
        say(r, "%s replaced", pods(r, r->pods.n));
}

static void say_later(struct reach *r)
{
    if (r->pods.n)
        say(r, "%s replaced %s", pods(r, r->pods.n), r->pods.why);
}

static void say_orphaned(struct reach *r)
{
    if (r->pods.n)
        say(r, "%s left to nobody", pods(r, r->pods.n));
}

/* "deletes 2 replicasets, 3 pods with it" */
static void say_cascade(struct reach *r)
{
    KC_BUF_SCOPE list = {0};

    for (const struct kc_near *k = r->around->v; k < r->around->v + r->around->n; k++) {
        size_t n = 0;
        for (size_t i = 0; i < k->n; i++) {
            const char *owner = kc_item_of(k->v[i])->owner_uid;
            n += *owner && kc_map_get(r->pods.owned, owner) != NULL;
        }
        if (n)
            kc_buf_printf(&list, "%s%s", list.len ? ", " : "", count(r, n, lower(r, k->kind), k->plural));
    }
    if (list.len)
        say(r, "deletes %s with it", kc_buf_str(&list));
}

static void say_ends(struct reach *r)
{
    if (!KC_STREQ(r->target->kind, "Pod")) {
        say_cascade(r);
        return;
    }
    for (size_t i = 0; r->pods.n && i < r->pods.pods->n; i++) {
        const struct kc_item *pod = kc_item_of(r->pods.pods->v[i]);
        if (r->pods.mine[i] && *pod->owner_name)
            say(r, "1 pod, which its %s replaces", pod->owner_kind);
        else if (r->pods.mine[i])
            say(r, "1 pod, which nothing replaces");
    }
}

static void (*const say_fate[])(struct reach *) = {
    [KC_FATE_NONE] = NULL,       [KC_FATE_COUNT] = say_count,       [KC_FATE_REPLACED] = say_replaced,
    [KC_FATE_LATER] = say_later, [KC_FATE_ORPHANED] = say_orphaned, [KC_FATE_ENDS] = say_ends,
};

/* Services. */

static int64_t least(int64_t x, int64_t y)
{
    return x < y ? x : y;
}

/* A pod that is ready is an endpoint of the service that selects it. */
static void weigh(const struct reach *r, struct hit *h)
{
    const struct kc_touched *t = &r->pods;
    int64_t mine = 0;

    for (size_t i = 0; t->pods && i < t->pods->n; i++) {
        const struct kc_item *pod = kc_item_of(t->pods->v[i]);
        if (!kc_pod_ready(pod) ||
            !kc_selector_matches(h->service->selector, h->service->n_selector, pod->labels, pod->n_labels))
            continue;
        h->now++;
        mine += t->mine[i];
    }
    h->after = h->now;
    if (t->fate == KC_FATE_ENDS)
        h->after -= KC_STREQ(r->target->kind, "Service") ? h->now : mine;
    else if (t->fate == KC_FATE_COUNT)
        h->after += t->to > t->from ? t->to - t->from : least(mine, t->to) - mine;
}

static void find_services(struct reach *r)
{
    bool itself = KC_STREQ(r->target->kind, "Service");
    const struct kc_near *k = kc_near_next(r->around, "Service", NULL);

    r->services_named = k && k->named;
    for (size_t i = 0; k && i < k->n && r->n_hits < HITS_MAX; i++) {
        const struct kc_item *s = kc_item_of(k->v[i]);
        if (!s->n_selector || !(itself ? KC_STREQ(s->name, r->target->name) : kc_selects_touched(s, &r->pods)))
            continue;
        struct hit *h = &r->hits[r->n_hits++];
        h->service = s;
        if (r->n_hits <= NAMES_MAX)
            weigh(r, h);
    }
}

static const char *endpoints(struct reach *r, const struct hit *h)
{
    if (h->now == h->after)
        return count(r, (size_t)h->now, "endpoint", "endpoints");
    return kc_arena_printf(r->a, "%lld → %s%s", (long long)h->now, count(r, (size_t)h->after, "endpoint", "endpoints"),
                           h->after ? "" : ", none remain");
}

static void say_services(struct reach *r)
{
    for (size_t i = 0; r->services_named && i < r->n_hits && i < NAMES_MAX; i++)
        say(r, "service %s %s", r->hits[i].service->name, endpoints(r, &r->hits[i]));
    if (r->services_named && r->n_hits > NAMES_MAX)
        say(r, "%s more", count(r, r->n_hits - NAMES_MAX, "service", "services"));
    if (!r->services_named && r->n_hits)
        say(r, "%s", count(r, r->n_hits, "service", "services"));
}

/* Things that name or select what changes: ingresses, autoscalers, disruption budgets. */

static bool refers_to(const struct kc_item *item, const char *kind, const char *name)
{
    for (size_t i = 0; i < item->n_refs; i++)
        if (KC_STREQ(item->refs[i].kind, kind) && KC_STREQ(item->refs[i].name, name))
            return true;
    return false;
}

static bool ingress_leads_here(const struct reach *r, const struct kc_item *ingress)
{
    for (size_t i = 0; i < r->n_hits; i++)
        if (refers_to(ingress, "Service", r->hits[i].service->name))
            return true;
    return false;
}

static const char *about_ingress(struct reach *r, const struct kc_item *ingress)
{
    (void)r, (void)ingress;
    return " in front";
}

static bool scales_target(const struct reach *r, const struct kc_item *hpa)
{
    return (r->pods.fate == KC_FATE_COUNT || r->pods.fate == KC_FATE_ENDS ||
            KC_STREQ(r->step->action.verb->name, "autoscale")) &&
           refers_to(hpa, r->target->kind, r->target->name);
}

static const char *about_hpa(struct reach *r, const struct kc_item *hpa)
{
    if (r->pods.fate == KC_FATE_ENDS)
        return " is left without a target";
    if (r->pods.fate == KC_FATE_NONE)
        return " scales it already";
    if (r->pods.to == 0)
        return " does nothing at 0 replicas";
    if (r->pods.to < hpa->min)
        return kc_arena_printf(r->a, " will scale it back to at least %d", hpa->min);
    if (r->pods.to > hpa->max)
        return kc_arena_printf(r->a, " will scale it back to at most %d", hpa->max);
    return kc_arena_printf(r->a, " (%d to %d) may change it again", hpa->min, hpa->max);
}

/* Ready pods that the change takes away. */
static int64_t lost(const struct reach *r)
{
    int64_t ready = (int64_t)r->pods.n_ready;

    if (r->pods.fate == KC_FATE_ENDS)
        return ready;
    return r->pods.fate == KC_FATE_COUNT && r->pods.to < ready ? ready - r->pods.to : 0;
}

static bool budget_is_touched(const struct reach *r, const struct kc_item *pdb)
{
    return lost(r) && kc_selects_touched(pdb, &r->pods);
}

/* Budgets bind evictions alone: a change that goes below one is carried out all the same. */
static const char *about_pdb(struct reach *r, const struct kc_item *pdb)
{
    int64_t left = pdb->have - lost(r);

    if (left >= pdb->min)
        return " is kept";
    return kc_arena_printf(r->a, " now asks for %d healthy, %lld would be left, and it does not stop this", pdb->min,
                           (long long)(left < 0 ? 0 : left));
}

static const struct {
    const char *kind, *word, *words;
    bool (*touched)(const struct reach *r, const struct kc_item *item);
    const char *(*about)(struct reach *r, const struct kc_item *item);
} others[] = {
    {"Ingress", "ingress", "ingresses", ingress_leads_here, about_ingress},
    {"HorizontalPodAutoscaler", "HPA", "HPAs", scales_target, about_hpa},
    {"PodDisruptionBudget", "PDB", "PDBs", budget_is_touched, about_pdb},
};

static void say_others(struct reach *r)
{
    for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
        const struct kc_near *k = kc_near_next(r->around, others[o].kind, NULL);
        size_t n = 0;
        for (size_t i = 0; k && i < k->n; i++) {
            const struct kc_item *item = kc_item_of(k->v[i]);
            if (others[o].touched(r, item) && ++n <= NAMES_MAX && k->named)
                say(r, "%s %s%s", others[o].word, item->name, others[o].about(r, item));
        }
        if (k && k->named && n > NAMES_MAX)
            say(r, "%s more", count(r, n - NAMES_MAX, others[o].word, others[o].words));
        if (k && !k->named && n)
            say(r, "%s", count(r, n, others[o].word, others[o].words));
    }
}

/* A namespace, and a node. */

static void say_contents(struct reach *r)
{
    KC_BUF_SCOPE list = {0};

    for (const struct kc_near *k = r->around->v; k < r->around->v + r->around->n; k++)
        if (k->n)
            kc_buf_printf(&list, "%s%s", list.len ? ", " : "", count(r, k->n, lower(r, k->kind), k->plural));
    say(r, "deletes everything in it: %s%sof other kinds whatever there is", kc_buf_str(&list), list.len ? "; " : "");
}

static const struct {
    const char *verb;
    const char *about; /* behind "12 pods on it" */
} on_node[] = {
    {"cordon", "stay, no new ones come"},
    {"uncordon", "stay, new ones may come"},
    {"drain", "have to move"},
    {"delete", "go with it"},
};

static void say_node(struct reach *r)
{
    const char *about = NULL, *name = r->target->name;
    size_t n = 0;

    for (size_t i = 0; i < sizeof on_node / sizeof *on_node; i++)
        if (KC_STREQ(on_node[i].verb, r->step->action.verb->name))
            about = on_node[i].about;
    if (KC_STREQ(r->step->action.verb->name, "taint"))
        about = r->step->effect == KC_DESTRUCTIVE ? "go unless they tolerate it" : "stay";
    if (!about)
        return;
    for (const struct kc_near *k = kc_near_next(r->around, "Pod", NULL); k; k = kc_near_next(r->around, "Pod", k))
        for (size_t i = 0; i < k->n; i++)
            n += KC_STREQ(kc_item_of(k->v[i])->node, name);
    say(r, "%s on it %s", pods(r, n), about);
}

static void say_change(struct reach *r, const json_t *before)
{
    if (KC_STREQ(r->target->kind, "Node") && !*r->target->group) {
        say_node(r);
        return;
    }
    if (KC_STREQ(r->target->kind, "Namespace") && !*r->target->group) {
        if (r->step->action.verb->deed == KC_DEED_DELETE)
            say_contents(r);
        return;
    }
    kc_pods_touched(r->a, r->step, before, r->around, &r->pods);
    if (say_fate[r->pods.fate])
        say_fate[r->pods.fate](r);
    if (r->pods.fate != KC_FATE_NONE) {
        find_services(r);
        say_services(r);
    }
    say_others(r);
}

const char *kc_reach(struct kc_arena *a, const struct kc_record_step *step, const json_t *before,
                     const struct kc_surroundings *around)
{
    KC_BUF_SCOPE out = {0};
    struct reach r = {.a = a, .step = step, .target = &step->action.target, .around = around, .out = &out};

    say_change(&r, before);
    if (!around->complete)
        say(&r, "not all that is around it is known yet");
    return kc_arena_strdup(a, kc_buf_str(&out));
}
