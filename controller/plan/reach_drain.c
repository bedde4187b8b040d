#include "controller/plan/reach_drain.h"

#include "controller/base/map.h"
#include "controller/plan/reach_pods.h"

#define NAMES_MAX 3

/* One of the scene's namespaces: its pods, and those of them that leave. */
struct place {
    const struct kc_near *pods;
    const struct kc_item **leaving;
    size_t n;
};

struct telling {
    struct kc_arena *a;
    const struct kc_drain_scene *s;
    struct place *places;
    struct kc_buf *out;
};

static void KC_PRINTF(2, 3) say(struct telling *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const char *text = kc_arena_vprintf(t->a, fmt, ap);
    va_end(ap);
    kc_buf_printf(t->out, "%s%s", t->out->len ? " · " : "", text);
}

/* Taints, affinities and requests are the scheduler's matter: this only says where a pod can certainly not go. */
static bool fits(const json_t *selector, const struct kc_item *node)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)selector, key, value)
    {
        const char *is = kc_label_get(node->labels, node->n_labels, key);
        if (!is || !KC_STREQ(is, kc_or(json_string_value(value), "")))
            return false;
    }
    return true;
}

static bool takes_pods(const struct telling *t, const struct kc_item *node)
{
    return !node->unschedulable && KC_STREQ(node->status, "Ready") && !kc_strs_has(&t->s->drained, node->name);
}

static void say_nodes(struct telling *t)
{
    const struct kc_near *nodes = t->s->nodes;
    size_t n = 0, stuck = 0;
    const struct kc_leaving *first = NULL;

    for (size_t i = 0; nodes && i < nodes->n; i++)
        n += takes_pods(t, kc_item_of(nodes->v[i]));
    if (!nodes)
        return;
    if (n == 0) {
        say(t, "no other node takes pods: they wait until one does");
        return;
    }
    say(t, "%zu other node%s", n, n == 1 ? " takes pods" : "s take pods");
    for (const struct kc_leaving *p = t->s->pods; p < t->s->pods + t->s->n_pods; p++) {
        bool goes = !json_object_size(p->node_selector);
        for (size_t i = 0; !goes && i < nodes->n; i++)
            goes = takes_pods(t, kc_item_of(nodes->v[i])) && fits(p->node_selector, kc_item_of(nodes->v[i]));
        if (!goes && stuck++ == 0)
            first = p;
    }
    if (stuck)
        say(t, "pod %s/%s%s none of them by its nodeSelector", first->ns, first->name,
            stuck > 1 ? kc_arena_printf(t->a, " and %zu more fit on", stuck - 1) : " fits on");
}

static bool counts(const struct kc_item *pod, const struct kc_item *item, bool only_ready)
{
    return (!only_ready || kc_pod_ready(pod)) &&
           kc_selector_matches(item->selector, item->n_selector, pod->labels, pod->n_labels);
}

static int64_t count_leaving(const struct place *p, const struct kc_item *item, bool only_ready)
{
    int64_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += counts(p->leaving[i], item, only_ready);
    return n;
}

/* Of all pods: asked only of the few items that are named. */
static int64_t count_all(const struct place *p, const struct kc_item *item, bool only_ready)
{
    int64_t n = 0;

    for (size_t i = 0; p->pods && i < p->pods->n; i++)
        n += counts(kc_item_of(p->pods->v[i]), item, only_ready);
    return n;
}

static const char *about_service(struct telling *t, const struct kc_item *s, const struct place *p, int64_t leaving)
{
    int64_t all = count_all(p, s, true);

    return kc_arena_printf(t->a, "%lld → %lld endpoint%s%s", (long long)all, (long long)(all - leaving),
                           all - leaving == 1 ? "" : "s",
                           all == leaving ? ", none remain until the pods are back" : "");
}

static const char *about_budget(struct telling *t, const struct kc_item *pdb, const struct place *p, int64_t leaving)
{
    (void)p;
    if (leaving <= pdb->allowed)
        return kc_arena_printf(t->a, "allows it (%d disruption%s now, %lld of its pods leave%s)", pdb->allowed,
                               pdb->allowed == 1 ? "" : "s", (long long)leaving, leaving == 1 ? "s" : "");
    return kc_arena_printf(t->a, "allows %d disruption%s now and %lld of its pods leave: the drain waits for %s",
                           pdb->allowed, pdb->allowed == 1 ? "" : "s", (long long)leaving,
                           pdb->allowed ? "their replacements" : "room");
}

static const struct {
    const char *kind, *word, *words;
    bool only_ready;   /* pods that are not ready do not count */
    bool all_if_empty; /* an empty selector selects all pods, not none */
    const char *(*about)(struct telling *t, const struct kc_item *item, const struct place *p, int64_t leaving);
} kinds[] = {
    {"Service", "service", "services", true, false, about_service},
    {"PodDisruptionBudget", "PDB", "PDBs", false, true, about_budget},
};

static void say_kind(struct telling *t, size_t kind)
{
    size_t n = 0, unnamed = 0;

    for (size_t i = 0; i < t->s->namespaces.n; i++) {
        const struct place *p = &t->places[i];
        const struct kc_near *k = kc_near_next(&t->s->around[i], kinds[kind].kind, NULL);
        for (size_t j = 0; k && j < k->n; j++) {
            const struct kc_item *item = kc_item_of(k->v[j]);
            bool selects = kinds[kind].all_if_empty ? item->selects : item->n_selector > 0;
            int64_t leaving = selects ? count_leaving(p, item, kinds[kind].only_ready) : 0;
            if (!leaving)
                continue;
            if (k->named && n++ < NAMES_MAX)
                say(t, "%s %s/%s %s", kinds[kind].word, t->s->namespaces.v[i], item->name,
                    kinds[kind].about(t, item, p, leaving));
            unnamed += !k->named;
        }
    }
    unnamed += n > NAMES_MAX ? n - NAMES_MAX : 0;
    if (unnamed)
        say(t, "%zu more %s", unnamed, unnamed == 1 ? kinds[kind].word : kinds[kind].words);
}

static struct place place_of(const struct kc_drain_scene *s, size_t ns, struct kc_arena *a)
{
    struct place p = {.pods = kc_near_next(&s->around[ns], "Pod", NULL),
                      .leaving = kc_arena_array(a, s->n_pods + 1, sizeof *p.leaving)};
    struct kc_map *names = kc_map_create(NULL);

    for (size_t i = 0; i < s->n_pods; i++)
        if (KC_STREQ(s->pods[i].ns, s->namespaces.v[ns]))
            kc_map_put(names, s->pods[i].name, (void *)(uintptr_t)&s->pods[i]);
    for (size_t i = 0; p.pods && i < p.pods->n && p.n < s->n_pods; i++)
        if (kc_map_get(names, kc_item_of(p.pods->v[i])->name))
            p.leaving[p.n++] = kc_item_of(p.pods->v[i]);
    kc_map_destroy(names);
    return p;
}

const char *kc_reach_drain(struct kc_arena *a, const struct kc_drain_scene *s)
{
    KC_BUF_SCOPE out = {0};
    struct telling t = {
        .a = a, .s = s, .places = kc_arena_array(a, s->namespaces.n + 1, sizeof *t.places), .out = &out};

    for (size_t i = 0; i < s->namespaces.n; i++)
        t.places[i] = place_of(s, i, a);
    say(&t, "%zu pod%s to move", s->n_pods, s->n_pods == 1 ? " has" : "s have");
    say_nodes(&t);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        say_kind(&t, i);
    return kc_arena_strdup(a, kc_buf_str(&out));
}
