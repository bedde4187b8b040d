/* reach: what a change, or one of many objects, touches, said from the packed records of 30,000 pods in one namespace,
 * behind 1,000 services and 100 disruption budgets: p50 and p95 of each kind of change, as a table and as JSON. CPU
 * time of the thread. The baseline is one pass over the pods that compares each one's owner with one uid. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/plan/reach.h"
#include "controller/plan/reach_drain.h"

#define WORKLOADS 1000
#define PODS      30000
#define BUDGETS   100
#define NODES     100
#define SELECTED  512 /* objects that one step names: KC_MAX_PARTS */
#define STEPS     32  /* of one plan */
#define ROUNDS    101

struct list {
    struct kc_item *items;
    struct kc_record *records;
    const struct kc_record **v;
    size_t n;
};

enum { PODS_LIST, SETS, DEPLOYMENTS, SERVICES, BUDGETS_LIST, LISTS };

struct world {
    struct list pods, sets, deployments, services, budgets, nodes;
    struct kc_near near[LISTS], nodes_near;
    struct kc_surroundings around;
};

static struct kc_item *add(struct kc_arena *a, struct list *l, size_t room, const char *name)
{
    if (!l->items) {
        l->items = kc_arena_array(a, room, sizeof *l->items);
        l->records = kc_arena_array(a, room, sizeof *l->records);
        l->v = kc_arena_array(a, room, sizeof *l->v);
    }
    struct kc_item *item = &l->items[l->n];
    *item = (struct kc_item){.ns = "shop",
                             .name = name,
                             .owner_kind = "",
                             .owner_name = "",
                             .owner_uid = "",
                             .status = "",
                             .node = "",
                             .replicas = -1};
    l->records[l->n] = (struct kc_record){.name = name, .uid = kc_arena_printf(a, "uid-%s", name), .data = item};
    l->v[l->n] = &l->records[l->n];
    l->n++;
    return item;
}

static void select_app(struct kc_arena *a, struct kc_item *item, const char *app)
{
    struct kc_requirement *r = kc_arena_alloc(a, sizeof *r);

    *r = (struct kc_requirement){"app", "In", app};
    item->selects = true;
    item->selector = r;
    item->n_selector = 1;
}

static void fill(struct kc_arena *a, struct world *w)
{
    *w = (struct world){0};
    for (int i = 0; i < WORKLOADS; i++) {
        const char *app = kc_arena_printf(a, "app-%03d", i), *set_name = kc_arena_printf(a, "%s-7d9f8c6b5", app);
        struct kc_label *labels = kc_arena_array(a, 2, sizeof *labels);
        struct kc_item *set = add(a, &w->sets, WORKLOADS, set_name);
        labels[0] = (struct kc_label){"app", app};
        labels[1] = (struct kc_label){"pod-template-hash", "7d9f8c6b5"};
        set->owner_kind = "Deployment";
        set->owner_name = app;
        set->owner_uid = kc_arena_printf(a, "uid-%s", app);
        set->labels = labels;
        set->n_labels = 2;
        add(a, &w->deployments, WORKLOADS, app);
        select_app(a, add(a, &w->services, WORKLOADS, app), app);
        if (i % (WORKLOADS / BUDGETS) == 0)
            select_app(a, add(a, &w->budgets, BUDGETS, app), app);
        for (int p = 0; p < PODS / WORKLOADS; p++) {
            struct kc_item *pod = add(a, &w->pods, PODS, kc_arena_printf(a, "%s-%05d", set_name, p));
            pod->owner_kind = "ReplicaSet";
            pod->owner_name = set_name;
            pod->owner_uid = w->sets.records[i].uid;
            pod->labels = labels;
            pod->n_labels = 2;
            pod->status = "Running";
            pod->ready = pod->n_containers = 1;
            pod->node = kc_arena_printf(a, "node-%02d", p % NODES);
        }
    }
    for (int i = 0; i < NODES; i++)
        add(a, &w->nodes, NODES, kc_arena_printf(a, "node-%02d", i))->status = "Ready";
    const struct list *lists[] = {&w->pods, &w->sets, &w->deployments, &w->services, &w->budgets};
    static const char *const kinds[][2] = {{"Pod", "pods"},
                                           {"ReplicaSet", "replicasets"},
                                           {"Deployment", "deployments"},
                                           {"Service", "services"},
                                           {"PodDisruptionBudget", "poddisruptionbudgets"}};
    for (size_t i = 0; i < LISTS; i++)
        w->near[i] = (struct kc_near){kinds[i][0], kinds[i][1], lists[i]->v, lists[i]->n, true};
    w->nodes_near = (struct kc_near){"Node", "nodes", w->nodes.v, w->nodes.n, true};
    w->around = (struct kc_surroundings){w->near, LISTS, true};
}

static size_t said; /* bytes, so that nothing is left out by the compiler */

static const struct kc_change to_zero = {.path = "spec.replicas", .from = "30", .to = "0"};

/* The first n objects of a list, as parts of one step, or as steps of their own. */
static struct kc_reach_part *parts_of(struct kc_arena *a, const struct kc_near *list, size_t n, const char *verb,
                                      const struct kc_change *ch, bool apart)
{
    struct kc_reach_part *parts = kc_arena_array(a, n, sizeof *parts);

    for (size_t i = 0; i < n; i++) {
        struct kc_record_step *s = kc_arena_alloc(a, sizeof *s);
        *s = (struct kc_record_step){.action = {.verb = kc_verb_find(verb),
                                                .target = {.group = "",
                                                           .version = "v1",
                                                           .kind = list->kind,
                                                           .resource = list->plural,
                                                           .ns = "shop",
                                                           .name = list->v[i]->name}},
                                     .uid = list->v[i]->uid,
                                     .effect = ch ? KC_MUTATING : KC_DESTRUCTIVE,
                                     .changes = (struct kc_change *)(uintptr_t)ch,
                                     .n_changes = ch != NULL};
        parts[i] = (struct kc_reach_part){.step = s, .group = apart ? i : 0};
    }
    return parts;
}

static void one_step(struct kc_arena *a, const struct world *w, size_t kind, size_t n, const char *verb,
                     const struct kc_change *ch)
{
    said += strlen(kc_reach(a, parts_of(a, &w->near[kind], n, verb, ch, false), n, &w->around));
}

static void scale(struct kc_arena *a, const struct world *w)
{
    static const struct kc_change five = {.path = "spec.replicas", .from = "30", .to = "5"};
    one_step(a, w, DEPLOYMENTS, 1, "scale", &five);
}

static void set_image(struct kc_arena *a, const struct world *w)
{
    static const struct kc_change image = {
        .path = "spec.template.spec.containers[name=main].image", .from = "a:1", .to = "a:2"};
    one_step(a, w, DEPLOYMENTS, 1, "set image", &image);
}

static void delete_one(struct kc_arena *a, const struct world *w)
{
    one_step(a, w, DEPLOYMENTS, 1, "delete", NULL);
}

static void delete_selected(struct kc_arena *a, const struct world *w)
{
    one_step(a, w, PODS_LIST, SELECTED, "delete", NULL);
}

static void stop_selected(struct kc_arena *a, const struct world *w)
{
    one_step(a, w, DEPLOYMENTS, SELECTED, "scale", &to_zero);
}

/* What only together takes something away. */
static void plan_of_steps(struct kc_arena *a, const struct world *w)
{
    const struct kc_reach_part *parts = parts_of(a, &w->near[DEPLOYMENTS], STEPS, "scale", &to_zero, true);
    struct kc_reach_together *together;

    said += kc_reach_together(a, parts, STEPS, &w->around, &together);
}

/* A node's 300 pods. */
static void drain(struct kc_arena *a, const struct world *w)
{
    struct kc_leaving *leaving = kc_arena_array(a, PODS / NODES, sizeof *leaving);
    const char *shop = "shop", *node = "node-00";
    struct kc_drain_scene s = {.pods = leaving,
                               .namespaces = {&shop, 1},
                               .around = &w->around,
                               .nodes = &w->nodes_near,
                               .drained = {&node, 1}};

    for (size_t i = 0; i < PODS; i += NODES)
        leaving[s.n_pods++] = (struct kc_leaving){"shop", w->pods.items[i].name, NULL};
    said += strlen(kc_reach_drain(a, &s));
}

static void one_pass(struct kc_arena *a, const struct world *w)
{
    (void)a;
    for (size_t i = 0; i < w->pods.n; i++)
        said += strcmp(kc_item_of(w->pods.v[i])->owner_uid, "uid-app-500-7d9f8c6b5") == 0;
}

static int64_t cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int by_size(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static const struct {
    const char *name, *key;
    void (*run)(struct kc_arena *a, const struct world *w);
    int rounds;
} subjects[] = {
    {"baseline: one pass over the pods", "pass", one_pass, ROUNDS},
    {"scale deployment/app-000", "scale", scale, ROUNDS},
    {"set image deployment/app-000", "image", set_image, ROUNDS},
    {"delete deployment/app-000", "delete", delete_one, ROUNDS},
    {"delete pods -l, 512 of them", "delete_selected", delete_selected, ROUNDS},
    {"scale deployments -l to 0, 512", "stop_selected", stop_selected, ROUNDS},
    {"a plan of 32 steps, together", "together", plan_of_steps, ROUNDS},
    {"drain of a node with 300 pods", "drain", drain, ROUNDS},
};

int main(void)
{
    static int64_t took[ROUNDS];
    int64_t base = 0;
    KC_ARENA_SCOPE(objects);
    KC_BUF_SCOPE json = {0};
    struct world w;

    fill(objects, &w);
    kc_buf_printf(&json, "{\"pods\":%zu", w.pods.n);
    printf("%-34s %9s %9s %11s\n", "", "p50 us", "p95 us", "x baseline");
    for (size_t s = 0; s < sizeof subjects / sizeof *subjects; s++) {
        int n = subjects[s].rounds;
        for (int i = 0; i < n; i++) {
            KC_ARENA_SCOPE(a);
            int64_t began = cpu_us();
            subjects[s].run(a, &w);
            took[i] = cpu_us() - began;
        }
        qsort(took, (size_t)n, sizeof *took, by_size);
        base = s == 0 ? took[n / 2] : base;
        printf("%-34s %9lld %9lld %11.1f\n", subjects[s].name, (long long)took[n / 2], (long long)took[n * 95 / 100],
               (double)took[n / 2] / (double)(base ? base : 1));
        kc_buf_printf(&json, ",\"%s_us\":%lld,\"%s_p95_us\":%lld", subjects[s].key, (long long)took[n / 2],
                      subjects[s].key, (long long)took[n * 95 / 100]);
    }
    printf("%s,\"said\":%zu}\n", kc_buf_str(&json), said);
    return 0;
}
