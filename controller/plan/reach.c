#include "controller/plan/reach.h"

#include <ctype.h>

#include "controller/base/map.h"
#include "controller/plan/reach_say.h"

#define KINDS_MAX 8

struct reach {
    struct kc_arena *a;
    const struct kc_reach_part *parts;
    size_t n;
    const struct kc_surroundings *around;
    struct kc_touched pods;
    struct kc_selectings services;
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

static const struct kc_target *target(const struct reach *r, size_t i)
{
    return &r->parts[i].step->action.target;
}

/* How many of each kind: what the parts are, what controls them, what goes with them. */
struct tally {
    struct {
        const char *kind, *plural;
        size_t n;
    } v[KINDS_MAX];
    size_t n, others;
};

static void tally(struct tally *t, const char *kind, const char *plural, size_t by)
{
    size_t i = 0;

    while (i < t->n && !KC_STREQ(t->v[i].kind, kind))
        i++;
    if (i == KINDS_MAX) {
        t->others += by;
        return;
    }
    if (i == t->n) {
        t->v[t->n].kind = kind;
        t->v[t->n++].plural = plural;
    }
    t->v[i].n += by;
}

/* "2 replicasets, 3 pods" */
static const char *tallied(struct reach *r, const struct tally *t)
{
    KC_BUF_SCOPE list = {0};

    for (size_t i = 0; i < t->n; i++) {
        const char *kind = lower(r, t->v[i].kind), *plural = kc_or(t->v[i].plural, "");
        kc_buf_printf(&list, "%s%s", i ? ", " : "",
                      count(r, t->v[i].n, kind, *plural ? plural : kc_arena_printf(r->a, "%ss", kind)));
    }
    if (t->others)
        kc_buf_printf(&list, ", %zu of other kinds", t->others);
    return kc_arena_strdup(r->a, kc_buf_str(&list));
}

/* What the parts are: "all 12 deployments in shop". */

bool kc_reach_is_all(const struct kc_reach_part *parts, size_t n, const struct kc_surroundings *around)
{
    const char *kind = parts[0].step->action.target.kind;
    size_t there = 0;
    bool known = false;

    for (size_t i = 1; i < n; i++)
        if (!KC_STREQ(parts[i].step->action.target.kind, kind))
            return false;
    for (const struct kc_near *k = kc_near_next(around, kind, NULL); k; k = kc_near_next(around, kind, k)) {
        known = true;
        there += k->n;
    }
    return n > 1 && known && there == n;
}

static void say_objects(struct reach *r)
{
    struct tally t = {0};
    const char *ns = kc_or(target(r, 0)->ns, "");

    for (size_t i = 0; i < r->n; i++)
        tally(&t, target(r, i)->kind, target(r, i)->resource, 1);
    say(r, "%s%s%s%s", kc_reach_is_all(r->parts, r->n, r->around) ? "all " : "", tallied(r, &t), *ns ? " in " : "", ns);
}

/* What becomes of the pods. */

static size_t sum_of(const struct reach *r, enum kc_fate fate)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->pods.shares[i].fate == fate ? r->pods.shares[i].n : 0;
    return n;
}

static void say_count(struct reach *r)
{
    int64_t more = 0, fewer = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct kc_share *s = &r->pods.shares[i];
        if (s->fate != KC_FATE_COUNT)
            continue;
        more += s->to > s->from ? s->to - s->from : 0;
        fewer += s->to < s->from ? s->from - s->to : 0;
    }
    if (more)
        say(r, "%lld more %s", (long long)more, more == 1 ? "pod" : "pods");
    if (fewer)
        say(r, "%lld fewer %s", (long long)fewer, fewer == 1 ? "pod" : "pods");
}

static void say_replaced(struct reach *r)
{
    size_t n = sum_of(r, KC_FATE_REPLACED);

    if (n)
        say(r, "%s replaced", pods(r, n));
}

/* Each reason by itself. */
static void say_later(struct reach *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const char *why = r->pods.shares[i].fate == KC_FATE_LATER ? r->pods.shares[i].why : NULL;
        bool said = false;
        size_t n = 0;
        for (size_t j = 0; why && j < r->n; j++) {
            const struct kc_share *s = &r->pods.shares[j];
            if (s->fate != KC_FATE_LATER || s->why != why)
                continue;
            said |= j < i;
            n += s->n;
        }
        if (n && !said)
            say(r, "%s replaced %s", pods(r, n), why);
    }
}

static void say_orphaned(struct reach *r)
{
    size_t n = sum_of(r, KC_FATE_ORPHANED);

    if (n)
        say(r, "%s left to nobody", pods(r, n));
}

/* Below a target that ends, and no target itself. */
static bool goes_along(const struct reach *r, const struct kc_record *record)
{
    const char *owner = kc_item_of(record)->owner_uid;
    const struct kc_share *share = *owner ? kc_map_get(r->pods.owned, owner) : NULL, *itself;

    if (!share || share->fate != KC_FATE_ENDS)
        return false;
    itself = kc_map_get(r->pods.owned, record->uid);
    return !itself || !KC_STREQ(itself->part->step->uid, record->uid);
}

static bool any_ends(const struct reach *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->pods.shares[i].fate == KC_FATE_ENDS)
            return true;
    return false;
}

/* "deletes 2 replicasets, 3 pods with it" */
static void say_cascade(struct reach *r)
{
    struct tally t = {0};

    for (const struct kc_near *k = r->around->v; any_ends(r) && k < r->around->v + r->around->n; k++) {
        bool are_pods = r->pods.pods && k == r->pods.pods;
        size_t n = 0;
        for (size_t i = 0; i < k->n; i++)
            n += (!are_pods || r->pods.of[i]) && goes_along(r, k->v[i]);
        if (n)
            tally(&t, k->kind, k->plural, n);
    }
    if (t.n)
        say(r, "deletes %s with %s", tallied(r, &t), r->n == 1 ? "it" : "them");
}

/* The pod that a share is about, while it ends by itself. */
static const struct kc_item *ended_pod(const struct reach *r, size_t i)
{
    const struct kc_share *s = r->pods.of[i];

    return s && s->fate == KC_FATE_ENDS && KC_STREQ(s->part->step->uid, r->pods.pods->v[i]->uid)
               ? kc_item_of(r->pods.pods->v[i])
               : NULL;
}

static void say_one_pod(struct reach *r)
{
    for (size_t i = 0; i < r->pods.pods->n; i++) {
        const struct kc_item *pod = ended_pod(r, i);
        if (pod && *pod->owner_name)
            say(r, "1 pod, which its %s replaces", pod->owner_kind);
        else if (pod)
            say(r, "1 pod, which nothing replaces");
    }
}

/* "298 replaced by 2 replicasets · 2 replaced by nothing" */
static void say_pods(struct reach *r)
{
    struct tally by = {0};
    struct kc_map *seen = kc_map_create(NULL);
    size_t back = 0, gone = 0;

    for (size_t i = 0; i < r->pods.pods->n; i++) {
        const struct kc_item *pod = ended_pod(r, i);
        if (!pod)
            continue;
        back += r->pods.of[i]->comes_back;
        gone += !r->pods.of[i]->comes_back;
        if (!r->pods.of[i]->comes_back || kc_map_get(seen, pod->owner_uid))
            continue;
        kc_map_put(seen, pod->owner_uid, seen);
        tally(&by, pod->owner_kind, "", 1);
    }
    kc_map_destroy(seen);
    if (back)
        say(r, "%s replaced by %s", gone ? kc_arena_printf(r->a, "%zu", back) : "all", tallied(r, &by));
    if (gone)
        say(r, "%s replaced by nothing", back ? kc_arena_printf(r->a, "%zu", gone) : "all");
}

static void say_ends(struct reach *r)
{
    if (r->pods.pods && r->n == 1)
        say_one_pod(r);
    else if (r->pods.pods)
        say_pods(r);
    say_cascade(r);
}

/* Of how many nodes pods go. */
static void say_spread(struct reach *r)
{
    struct kc_map *nodes = kc_map_create(NULL);
    size_t n = 0;

    for (size_t i = 0; r->pods.pods && i < r->pods.pods->n; i++) {
        const struct kc_share *s = r->pods.of[i];
        const char *node = kc_item_of(r->pods.pods->v[i])->node;
        if (!s || !*node || (s->fate != KC_FATE_ENDS && s->fate != KC_FATE_REPLACED))
            continue;
        if (!kc_map_get(nodes, node))
            kc_map_put(nodes, node, nodes);
        n++;
    }
    if (n > 1)
        say(r, "on %s", count(r, kc_map_count(nodes), "node", "nodes"));
    kc_map_destroy(nodes);
}

/* Things that select, name or lead to what changes: the worst first, the rest counted. */

static void say_of(struct reach *r, const struct kc_word *word, struct kc_saying *list, size_t n, size_t all,
                   bool named)
{
    size_t told = named ? kc_sayings_sort(list, n) : 0, bad = 0;

    for (size_t i = 0; i < told; i++)
        say(r, "%s %s%s", word->one, list[i].name, list[i].about);
    for (size_t i = told; i < n; i++)
        bad += list[i].weight == KC_SAYING_WORST;
    if (all > told)
        say(r, "%s%s%s", count(r, all - told, word->one, word->many), named ? " more" : "",
            named && bad && word->bad ? kc_arena_printf(r->a, ", %zu of them %s", bad, word->bad) : "");
}

static void say_services(struct reach *r)
{
    static const struct kc_word word = {"service", "services", "left without endpoints"};
    const struct kc_selectings *s = &r->services;
    struct kc_saying list[KC_SELECTING_MAX];

    for (size_t i = 0; i < s->n; i++)
        list[i] = kc_say_service(r->a, &s->v[i], i);
    say_of(r, &word, list, s->n, s->all, s->named);
}

static void say_budgets(struct reach *r)
{
    static const struct kc_word word = {"PDB", "PDBs", "not kept"};
    struct kc_saying list[KC_SELECTING_MAX];
    struct kc_selectings s;
    size_t n = 0;

    kc_selectings_find(r->a, "PodDisruptionBudget", r->around, &r->pods, &s);
    for (size_t i = 0; i < s.n; i++)
        if (s.v[i].lost && !s.v[i].ends) {
            list[n] = kc_say_budget(r->a, &s.v[i], n);
            n++;
        }
    say_of(r, &word, list, n, n, s.named);
}

static bool refers_to(const struct kc_item *item, const char *kind, const char *name)
{
    for (size_t i = 0; i < item->n_refs; i++)
        if (KC_STREQ(item->refs[i].kind, kind) && KC_STREQ(item->refs[i].name, name))
            return true;
    return false;
}

static bool leads_here(const struct reach *r, const struct kc_item *ingress)
{
    for (size_t i = 0; i < r->services.n; i++)
        if (refers_to(ingress, "Service", r->services.v[i].item->name))
            return true;
    return false;
}

static void say_ingresses(struct reach *r)
{
    static const struct kc_word word = {"ingress", "ingresses", NULL};
    const struct kc_near *k = kc_near_next(r->around, "Ingress", NULL);
    struct kc_saying list[KC_SELECTING_MAX];
    size_t n = 0, all = 0;

    for (size_t i = 0; k && i < k->n; i++) {
        if (!leads_here(r, kc_item_of(k->v[i])) || all++ >= KC_SELECTING_MAX)
            continue;
        list[n] = (struct kc_saying){kc_item_of(k->v[i])->name, " in front", 0, n};
        n++;
    }
    say_of(r, &word, list, n, all, k && k->named);
}

/* The share whose target an autoscaler scales; NULL: none that has to do with it. */
static const struct kc_share *scaled_by(const struct reach *r, const struct kc_item *hpa)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct kc_share *s = &r->pods.shares[i];
        if ((s->fate == KC_FATE_COUNT || s->fate == KC_FATE_ENDS ||
             KC_STREQ(s->part->step->action.verb->name, "autoscale")) &&
            refers_to(hpa, target(r, i)->kind, target(r, i)->name))
            return s;
    }
    return NULL;
}

static void say_autoscalers(struct reach *r)
{
    static const struct kc_word word = {"HPA", "HPAs", "left without a target"};
    const struct kc_near *k = kc_near_next(r->around, "HorizontalPodAutoscaler", NULL);
    struct kc_saying list[KC_SELECTING_MAX];
    size_t n = 0, all = 0;

    for (size_t i = 0; k && i < k->n; i++) {
        const struct kc_share *s = scaled_by(r, kc_item_of(k->v[i]));
        if (!s || all++ >= KC_SELECTING_MAX)
            continue;
        list[n] = kc_say_autoscaler(r->a, s, kc_item_of(k->v[i]), n);
        n++;
    }
    say_of(r, &word, list, n, all, k && k->named);
}

/* Namespaces, and nodes. */

static void say_contents(struct reach *r)
{
    struct tally t = {0};

    for (const struct kc_near *k = r->around->v; k < r->around->v + r->around->n; k++)
        if (k->n)
            tally(&t, k->kind, k->plural, k->n);
    say(r, "deletes everything in %s: %s%sof other kinds whatever there is", r->n == 1 ? "it" : "them", tallied(r, &t),
        t.n ? "; " : "");
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

static void say_nodes(struct reach *r)
{
    const struct kc_record_step *step = r->parts[0].step;
    struct kc_map *names = kc_map_create(NULL);
    const char *about = NULL;
    size_t n = 0;

    for (size_t i = 0; i < sizeof on_node / sizeof *on_node; i++)
        if (KC_STREQ(on_node[i].verb, step->action.verb->name))
            about = on_node[i].about;
    if (KC_STREQ(step->action.verb->name, "taint"))
        about = step->effect == KC_DESTRUCTIVE ? "go unless they tolerate it" : "stay";
    for (size_t i = 0; i < r->n; i++)
        kc_map_put(names, target(r, i)->name, names);
    for (const struct kc_near *k = kc_near_next(r->around, "Pod", NULL); k; k = kc_near_next(r->around, "Pod", k))
        for (size_t i = 0; about && i < k->n; i++)
            n += kc_map_get(names, kc_item_of(k->v[i])->node) != NULL;
    kc_map_destroy(names);
    if (about)
        say(r, "%s on %s %s", pods(r, n), r->n == 1 ? "it" : "them",
            r->n > 1 && KC_STREQ(about, "go with it") ? "go with them" : about);
}

static bool all_are(const struct reach *r, const char *kind)
{
    for (size_t i = 0; i < r->n; i++)
        if (!KC_STREQ(target(r, i)->kind, kind) || *target(r, i)->group)
            return false;
    return true;
}

static bool any_fate(const struct reach *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->pods.shares[i].fate != KC_FATE_NONE)
            return true;
    return false;
}

static void say_change(struct reach *r)
{
    if (all_are(r, "Node")) {
        say_nodes(r);
        return;
    }
    if (all_are(r, "Namespace")) {
        if (r->parts[0].step->action.verb->deed == KC_DEED_DELETE)
            say_contents(r);
        return;
    }
    kc_pods_touched(r->a, r->parts, r->n, r->around, &r->pods);
    say_count(r);
    say_replaced(r);
    say_later(r);
    say_orphaned(r);
    say_ends(r);
    if (r->n > 1)
        say_spread(r);
    if (any_fate(r))
        kc_selectings_find(r->a, "Service", r->around, &r->pods, &r->services);
    say_services(r);
    say_ingresses(r);
    say_autoscalers(r);
    say_budgets(r);
}

const char *kc_reach(struct kc_arena *a, const struct kc_reach_part *parts, size_t n,
                     const struct kc_surroundings *around)
{
    KC_BUF_SCOPE out = {0};
    struct reach r = {.a = a, .parts = parts, .n = n, .around = around, .out = &out};

    if (n > 1)
        say_objects(&r);
    say_change(&r);
    if (!around->complete)
        say(&r, "not all that is around it is known yet");
    return kc_arena_strdup(a, kc_buf_str(&out));
}
