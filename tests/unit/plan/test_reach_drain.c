/* What a drain reaches, in one line: where its pods can go, whom they leave, which budgets hold them. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/plan/reach_drain.h"

#define PODS  4
#define NODES 3
#define KINDS 3

static const struct kc_label web[] = {{"app", "web"}}, db[] = {{"app", "db"}}, fast[] = {{"disk", "fast"}};
static const struct kc_requirement selects_web[] = {{"app", "In", "web"}}, selects_db[] = {{"app", "In", "db"}};

/* Namespace shop: three pods of web, of which two are on the node that is drained, and db-0, which is on it too. */
struct world {
    struct kc_item pods[PODS], services[5], budgets[2], nodes[NODES];
    struct kc_record records[KINDS + 1][5];
    const struct kc_record *pointers[KINDS + 1][5];
    struct kc_near near[KINDS], nodes_near;
    struct kc_surroundings around;
    struct kc_leaving leaving[PODS];
    const char *drained[1], *namespaces[1];
    struct kc_drain_scene scene;
};

static struct kc_near near_of(struct world *w, size_t kind, const char *name, const char *plural, struct kc_item *items,
                              size_t n)
{
    for (size_t i = 0; i < n; i++) {
        items[i].ns = "shop";
        items[i].status = kc_or(items[i].status, "");
        w->records[kind][i] = (struct kc_record){.name = items[i].name, .uid = items[i].name, .data = &items[i]};
        w->pointers[kind][i] = &w->records[kind][i];
    }
    return (struct kc_near){name, plural, w->pointers[kind], n, true};
}

static struct kc_item pod(const char *name, const struct kc_label *labels)
{
    return (struct kc_item){
        .name = name, .labels = labels, .n_labels = 1, .status = "Running", .ready = 1, .n_containers = 1};
}

static void set_world(struct world *w)
{
    *w = (struct world){
        .pods = {pod("db-0", db), pod("web-1", web), pod("web-2", web), pod("web-3", web)},
        .services = {{.name = "db", .selects = true, .selector = selects_db, .n_selector = 1},
                     {.name = "external"},
                     {.name = "front", .selects = true, .selector = selects_web, .n_selector = 1}},
        .budgets = {{.name = "db", .selects = true, .selector = selects_db, .n_selector = 1, .allowed = 1},
                    {.name = "web", .selects = true, .selector = selects_web, .n_selector = 1, .allowed = 1}},
        .nodes = {{.name = "node-1", .status = "Ready"},
                  {.name = "node-2", .status = "Ready", .labels = fast, .n_labels = 1},
                  {.name = "node-3", .status = "NotReady"}},
        .leaving = {{"shop", "db-0", NULL}, {"shop", "web-1", NULL}, {"shop", "web-2", NULL}},
        .drained = {"node-1"},
        .namespaces = {"shop"},
    };
    w->near[0] = near_of(w, 0, "Pod", "pods", w->pods, PODS);
    w->near[1] = near_of(w, 1, "Service", "services", w->services, 3);
    w->near[2] = near_of(w, 2, "PodDisruptionBudget", "poddisruptionbudgets", w->budgets, 2);
    w->nodes_near = near_of(w, 3, "Node", "nodes", w->nodes, NODES);
    w->around = (struct kc_surroundings){w->near, KINDS, true};
    w->scene = (struct kc_drain_scene){.pods = w->leaving,
                                       .n_pods = 3,
                                       .namespaces = {w->namespaces, 1},
                                       .around = &w->around,
                                       .nodes = &w->nodes_near,
                                       .drained = {w->drained, 1}};
}

static void as_it_is(struct world *w)
{
    (void)w;
}
static void one_pod(struct world *w)
{
    w->scene.pods = &w->leaving[1];
    w->scene.n_pods = 1;
}
static void nothing_leaves(struct world *w)
{
    w->scene.n_pods = 0;
    w->scene.namespaces.n = 0;
}
static void two_nodes(struct world *w)
{
    w->nodes[2].status = "Ready";
}
static void cordoned_as_well(struct world *w)
{
    w->nodes[1].unschedulable = true;
}
static void nodes_not_known(struct world *w)
{
    w->scene.nodes = NULL;
}
static void one_wants_another_disk(struct world *w)
{
    static json_t *slow;

    if (!slow)
        slow = json_pack("{s:s}", "disk", "slow");
    w->leaving[1].node_selector = slow;
}
static void two_want_another_disk(struct world *w)
{
    one_wants_another_disk(w);
    w->leaving[2].node_selector = w->leaving[1].node_selector;
}
static void wants_the_fast_disk(struct world *w)
{
    static json_t *selector;

    if (!selector)
        selector = json_pack("{s:s}", "disk", "fast");
    w->leaving[1].node_selector = selector;
}
static void one_is_not_ready(struct world *w)
{
    w->pods[2].ready = 0;
}
static void budget_gives_nothing(struct world *w)
{
    w->budgets[1].allowed = 0;
}
static void budget_gives_enough(struct world *w)
{
    w->budgets[1].allowed = 2;
}
static void nothing_may_be_named(struct world *w)
{
    w->near[1].named = w->near[2].named = false;
}
static void five_services(struct world *w)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};

    for (size_t i = 0; i < 5; i++)
        w->services[i] = (struct kc_item){.name = names[i], .selects = true, .selector = selects_web, .n_selector = 1};
    w->near[1] = near_of(w, 1, "Service", "services", w->services, 5);
    w->budgets[0].selects = w->budgets[1].selects = false;
}

#define WEB_2 "service shop/front 3 → 1 endpoint"
#define DB    "service shop/db 1 → 0 endpoints, none remain until the pods are back"

static const struct {
    const char *name;
    void (*make)(struct world *w);
    const char *reach;
} cases[] = {
    {"two of three, and the only one", as_it_is,
     "3 pods have to move · 1 other node takes pods · " DB " · " WEB_2
     " · PDB shop/db allows it (1 disruption now, 1 of its pods leaves) · PDB shop/web allows 1 disruption now and 2 "
     "of "
     "its pods leave: the drain waits for their replacements"},
    {"one pod", one_pod,
     "1 pod has to move · 1 other node takes pods · service shop/front 3 → 2 endpoints · PDB shop/web allows it (1 "
     "disruption now, 1 of its pods leaves)"},
    {"none", nothing_leaves, "0 pods have to move · 1 other node takes pods"},
    {"neither the drained node nor one that is not ready counts", two_nodes, "2 other nodes take pods"},
    {"nor one that is cordoned", cordoned_as_well, "no other node takes pods: they wait until one does"},
    {"nodes are not in memory", nodes_not_known, "3 pods have to move · " DB},
    {"a nodeSelector that no node has", one_wants_another_disk,
     "1 other node takes pods · pod shop/web-1 fits on none of them by its nodeSelector"},
    {"two of them", two_want_another_disk, "pod shop/web-1 and 1 more fit on none of them by its nodeSelector"},
    {"a nodeSelector that one has", wants_the_fast_disk, "1 other node takes pods · " DB},
    {"what is not ready was no endpoint", one_is_not_ready, "service shop/front 2 → 1 endpoint"},
    {"a budget with no room", budget_gives_nothing,
     "PDB shop/web allows 0 disruptions now and 2 of its pods leave: the drain waits for room"},
    {"a budget with room", budget_gives_enough, "PDB shop/web allows it (2 disruptions now, 2 of its pods leave)"},
    {"names that are not to be seen", nothing_may_be_named, "1 other node takes pods · 2 more services · 2 more PDBs"},
    {"more services than a line holds", five_services,
     "service shop/a 3 → 1 endpoint · service shop/b 3 → 1 endpoint · service shop/c 3 → 1 endpoint · 2 more services"},
};

static void says_what_is_reached(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct world w;
        set_world(&w);
        cases[i].make(&w);
        const char *reach = kc_reach_drain(a, &w.scene);
        bool whole = kc_str_starts(cases[i].reach, "3 pods have to move · 1") || i == 1 || i == 2;
        if (whole ? !KC_STREQ(reach, cases[i].reach) : !strstr(reach, cases[i].reach))
            fail_msg("%s:\n%s\nwanted\n%s", cases[i].name, reach, cases[i].reach);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_is_reached)};
    return cmocka_run_group_tests_name("reach_drain", tests, NULL, NULL);
}
