#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/plan/reach.h"

#define MANY 30000

/* A namespace: a Deployment with three pods of one ReplicaSet, two services, what is in front and what binds it. */
static const struct kc_label web[] = {{"app", "web"}, {"pod-template-hash", "1a"}};
static const struct kc_label db[] = {{"app", "db"}};
static const struct kc_requirement selects_web[] = {{"app", "In", "web"}};
static const struct kc_requirement selects_db[] = {{"app", "In", "db"}};
static const struct kc_object_ref to_front[] = {{"Service", "front"}};
static const struct kc_object_ref to_web[] = {{"Deployment", "web"}};

#define ITEM(...) ((struct kc_item){.ns = "shop", __VA_ARGS__})
#define POD(pod, kind, owner, uid, l, n_l, on)                                                                         \
    ITEM(.name = (pod), .owner_kind = (kind), .owner_name = (owner), .owner_uid = (uid), .labels = (l),                \
         .n_labels = (n_l), .status = "Running", .ready = 1, .n_containers = 1, .node = (on))

struct kind {
    const char *kind, *plural;
    struct kc_item v[6];
    size_t n;
};

struct world {
    struct kind kinds[10];
    struct kc_record records[10][6];
    const struct kc_record *pointers[10][6];
    struct kc_near near[10];
    struct kc_surroundings around;
};

enum { PODS, REPLICASETS, DEPLOYMENTS, STATEFULSETS, SERVICES, INGRESSES, HPAS, PDBS, KINDS };

static void set_world(struct world *w)
{
    const struct kind kinds[KINDS] = {
        [PODS] = {"Pod",
                  "pods",
                  {POD("db-0", "StatefulSet", "db", "u-db", db, 1, "n2"), POD("lone", "", "", "", NULL, 0, "n1"),
                   POD("web-1a-x", "ReplicaSet", "web-1a", "u-web-1a", web, 2, "n1"),
                   POD("web-1a-y", "ReplicaSet", "web-1a", "u-web-1a", web, 2, "n1"),
                   POD("web-1a-z", "ReplicaSet", "web-1a", "u-web-1a", web, 2, "n2")},
                  5},
        [REPLICASETS] = {"ReplicaSet",
                         "replicasets",
                         {ITEM(.name = "idle-2b", .owner_kind = "Deployment", .owner_name = "idle",
                               .owner_uid = "u-idle", .labels = db, .n_labels = 1),
                          ITEM(.name = "web-1a", .owner_kind = "Deployment", .owner_name = "web", .owner_uid = "u-web",
                               .labels = web, .n_labels = 2)},
                         2},
        [DEPLOYMENTS] = {"Deployment", "deployments", {ITEM(.name = "idle"), ITEM(.name = "web")}, 2},
        [STATEFULSETS] = {"StatefulSet",
                          "statefulsets",
                          {ITEM(.name = "db", .selects = true, .selector = selects_db, .n_selector = 1)},
                          1},
        [SERVICES] = {"Service",
                      "services",
                      {ITEM(.name = "db", .selects = true, .selector = selects_db, .n_selector = 1),
                       ITEM(.name = "external"),
                       ITEM(.name = "front", .selects = true, .selector = selects_web, .n_selector = 1)},
                      3},
        [INGRESSES] = {"Ingress", "ingresses", {ITEM(.name = "shop", .refs = to_front, .n_refs = 1)}, 1},
        [HPAS] = {"HorizontalPodAutoscaler",
                  "horizontalpodautoscalers",
                  {ITEM(.name = "web", .refs = to_web, .n_refs = 1, .min = 2, .max = 10)},
                  1},
        [PDBS] = {"PodDisruptionBudget",
                  "poddisruptionbudgets",
                  {ITEM(.name = "web", .selects = true, .selector = selects_web, .n_selector = 1, .min = 2, .have = 3)},
                  1},
    };

    memcpy(w->kinds, kinds, sizeof kinds);
    for (size_t k = 0; k < KINDS; k++) {
        struct kind *kind = &w->kinds[k];
        for (size_t i = 0; i < kind->n; i++) {
            struct kc_item *v = &kind->v[i];
            v->owner_kind = kc_or(v->owner_kind, "");
            v->owner_name = kc_or(v->owner_name, "");
            v->owner_uid = kc_or(v->owner_uid, "");
            v->status = kc_or(v->status, "");
            v->node = kc_or(v->node, "");
            static char uids[KINDS][6][32];
            snprintf(uids[k][i], sizeof uids[k][i], "u-%s%s",
                     k == PODS          ? "pod-"
                     : k > STATEFULSETS ? "x-"
                                        : "",
                     kind->v[i].name);
            w->records[k][i] = (struct kc_record){.name = kind->v[i].name, .uid = uids[k][i], .data = &kind->v[i]};
            w->pointers[k][i] = &w->records[k][i];
        }
        w->near[k] = (struct kc_near){kind->kind, kind->plural, w->pointers[k], kind->n, true};
    }
    w->around = (struct kc_surroundings){w->near, KINDS, true};
}

static const struct kc_change replicas_3_5[] = {{.path = "spec.replicas", .from = "3", .to = "5"}};
static const struct kc_change replicas_3_1[] = {{.path = "spec.replicas", .from = "3", .to = "1"}};
static const struct kc_change replicas_3_0[] = {{.path = "spec.replicas", .from = "3", .to = ""}};
static const struct kc_change replicas_3_12[] = {{.path = "spec.replicas", .from = "3", .to = "12"}};
static const struct kc_change replicas_0_2[] = {{.path = "spec.replicas", .from = "0", .to = "2"}};
static const struct kc_change template[] = {{.path = "spec.template.spec.containers[name=web].image", .to = "web:2"}};
static const struct kc_change label[] = {{.path = "metadata.labels.tier", .from = "", .to = "front"}};

struct reach_case {
    const char *name;
    const char *verb, *kind, *object, *uid;
    const struct kc_change *change;
    const char *flag, *value; /* "cascade" */
    enum kc_effect effect;
    const char *before; /* JSON; NULL: none */
    const char *reach;
};

static const struct reach_case cases[] = {
    {"scale up", "scale", "Deployment", "web", "u-web", replicas_3_5, NULL, NULL, KC_MUTATING, NULL,
     "2 more pods · service front 3 → 5 endpoints · ingress shop in front · HPA web (2 to 10) may change it again"},
    {"scale down, below autoscaler and budget", "scale", "Deployment", "web", "u-web", replicas_3_1, NULL, NULL,
     KC_MUTATING, NULL,
     "2 fewer pods · service front 3 → 1 endpoint · ingress shop in front · HPA web will scale it back to at least 2 · "
     "PDB web now asks for 2 healthy, 1 would be left, and it does not stop this"},
    {"scale to nothing", "scale", "Deployment", "web", "u-web", replicas_3_0, NULL, NULL, KC_MUTATING, NULL,
     "3 fewer pods · service front 3 → 0 endpoints, none remain · ingress shop in front · HPA web does nothing at 0 "
     "replicas · PDB web now asks for 2 healthy, 0 would be left, and it does not stop this"},
    {"scale above the autoscaler", "scale", "Deployment", "web", "u-web", replicas_3_12, NULL, NULL, KC_MUTATING, NULL,
     "9 more pods · service front 3 → 12 endpoints · ingress shop in front · HPA web will scale it back to at most 10"},
    {"scale from nothing: a ReplicaSet has the labels", "scale", "Deployment", "idle", "u-idle", replicas_0_2, NULL,
     NULL, KC_MUTATING, NULL, "2 more pods · service db 1 → 3 endpoints"},
    {"image", "set image", "Deployment", "web", "u-web", template, NULL, NULL, KC_MUTATING, NULL,
     "3 pods replaced · service front 3 endpoints · ingress shop in front"},
    {"image of a paused Deployment", "set image", "Deployment", "web", "u-web", template, NULL, NULL, KC_MUTATING,
     "{\"spec\":{\"paused\":true}}",
     "3 pods replaced once the rollout is resumed · service front 3 endpoints · ingress shop in front"},
    {"image of a StatefulSet that waits for deletes", "set image", "StatefulSet", "db", "u-db", template, NULL, NULL,
     KC_MUTATING, "{\"spec\":{\"updateStrategy\":{\"type\":\"OnDelete\"}}}",
     "1 pod replaced as they are deleted (OnDelete) · service db 1 endpoint"},
    {"label of the object", "label", "Deployment", "web", "u-web", label, NULL, NULL, KC_MUTATING, NULL, ""},
    {"autoscale what is autoscaled", "autoscale", "Deployment", "web", "", NULL, NULL, NULL, KC_MUTATING, NULL,
     "HPA web scales it already"},
    {"delete a Deployment", "delete", "Deployment", "web", "u-web", NULL, NULL, NULL, KC_DESTRUCTIVE, NULL,
     "deletes 3 pods, 1 replicaset with it · service front 3 → 0 endpoints, none remain · ingress shop in front · HPA "
     "web is left without a target · PDB web now asks for 2 healthy, 0 would be left, and it does not stop this"},
    {"delete a Deployment alone", "delete", "Deployment", "web", "u-web", NULL, "cascade", "orphan", KC_DESTRUCTIVE,
     NULL, "3 pods left to nobody · service front 3 endpoints · ingress shop in front"},
    {"delete a pod of a ReplicaSet", "delete", "Pod", "web-1a-x", "u-pod-web-1a-x", NULL, NULL, NULL, KC_DESTRUCTIVE,
     NULL,
     "1 pod, which its ReplicaSet replaces · service front 3 → 2 endpoints · ingress shop in front · PDB web is kept"},
    {"delete a pod of nobody", "delete", "Pod", "lone", "u-pod-lone", NULL, NULL, NULL, KC_DESTRUCTIVE, NULL,
     "1 pod, which nothing replaces"},
    {"delete a Service", "delete", "Service", "front", "u-x-front", NULL, NULL, NULL, KC_DESTRUCTIVE, NULL,
     "service front 3 → 0 endpoints, none remain · ingress shop in front"},
    {"delete a Namespace", "delete", "Namespace", "shop", "u-ns", NULL, NULL, NULL, KC_DESTRUCTIVE, NULL,
     "deletes everything in it: 5 pods, 2 replicasets, 2 deployments, 1 statefulset, 3 services, 1 ingress, 1 "
     "horizontalpodautoscaler, 1 poddisruptionbudget; of other kinds whatever there is"},
    {"cordon", "cordon", "Node", "n1", "u-n1", NULL, NULL, NULL, KC_MUTATING, NULL,
     "3 pods on it stay, no new ones come"},
    {"uncordon", "uncordon", "Node", "n2", "u-n2", NULL, NULL, NULL, KC_MUTATING, NULL,
     "2 pods on it stay, new ones may come"},
    {"taint", "taint", "Node", "n1", "u-n1", NULL, NULL, NULL, KC_MUTATING, NULL, "3 pods on it stay"},
    {"taint NoExecute", "taint", "Node", "n1", "u-n1", NULL, NULL, NULL, KC_DESTRUCTIVE, NULL,
     "3 pods on it go unless they tolerate it"},
    {"delete a Node", "delete", "Node", "n3", "u-n3", NULL, NULL, NULL, KC_DESTRUCTIVE, NULL,
     "0 pods on it go with it"},
};

static const char *reach_of(struct kc_arena *a, const struct reach_case *c, const struct kc_surroundings *around)
{
    struct kc_flag_value flag = {c->flag, c->value};
    struct kc_target target = {
        .group = "", .version = "v1", .kind = c->kind, .resource = "", .ns = "shop", .name = c->object};
    struct kc_record_step step = {.effect = c->effect, .uid = c->uid};
    struct kc_err err = {0};

    step.action = (struct kc_action){.verb = kc_verb_find(c->verb), .target = target};
    if (c->flag && !kc_action_make(a, c->verb, &target, &flag, 1, NULL, 0, &step.action, &err))
        fail_msg("%s: %s", c->name, err.message);
    step.changes = (struct kc_change *)(uintptr_t)c->change;
    step.n_changes = c->change != NULL;
    json_t *before = c->before ? kc_json_parse_in(a, c->before, strlen(c->before), 1 << 20, "before", &err) : NULL;
    return kc_reach(a, &(struct kc_reach_part){.step = &step, .before = before}, 1, around);
}

static void says_what_is_touched(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct world w;

    set_world(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *reach = reach_of(a, &cases[i], &w.around);
        if (!KC_STREQ(reach, cases[i].reach))
            fail_msg("%s:\n%s\nwanted\n%s", cases[i].name, reach, cases[i].reach);
    }
}

/* What may not be listed has no name. */
static void names_nothing_that_is_not_to_be_seen(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct world w;

    set_world(&w);
    for (size_t i = 0; i < w.around.n; i++)
        w.near[i].named = false;
    assert_string_equal(reach_of(a, &cases[1], &w.around), "2 fewer pods · 1 service · 1 ingress · 1 HPA · 1 PDB");
}

static void says_that_it_does_not_know_everything(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const struct kc_surroundings nothing = {0};

    assert_string_equal(reach_of(a, &cases[0], &nothing), "2 more pods · not all that is around it is known yet");
}

/* A pod that is not ready is nobody's endpoint. */
static void counts_only_ready_pods(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct world w;

    set_world(&w);
    w.kinds[PODS].v[2].ready = 0;
    w.kinds[PODS].v[3].status = "CrashLoopBackOff";
    w.around.n = SERVICES + 1;
    assert_string_equal(reach_of(a, &cases[2], &w.around), "3 fewer pods · service front 1 → 0 endpoints, none remain");
}

static void many_services_are_counted(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct world w;

    set_world(&w);
    for (size_t i = 0; i < 5; i++) {
        w.kinds[SERVICES].v[i] = w.kinds[SERVICES].v[2];
        w.records[SERVICES][i] = (struct kc_record){.name = "front", .uid = "u", .data = &w.kinds[SERVICES].v[i]};
        w.pointers[SERVICES][i] = &w.records[SERVICES][i];
    }
    w.near[SERVICES].n = 5;
    w.around.n = SERVICES + 1;
    assert_string_equal(
        reach_of(a, &cases[0], &w.around),
        "2 more pods · service front 3 → 5 endpoints · service front 3 → 5 endpoints · service front 3 → "
        "5 endpoints · 2 services more");
}

/* Steps over objects of the world: what they come to together. */
struct part {
    const char *verb, *kind, *object, *uid;
    const struct kc_change *change;
    size_t group;
};

static size_t parts_of(struct kc_arena *a, const struct part *v, struct kc_reach_part **ret)
{
    size_t n = 0;

    *ret = kc_arena_array(a, 6, sizeof **ret);
    for (; n < 6 && v[n].verb; n++) {
        struct kc_record_step *s = kc_arena_alloc(a, sizeof *s);
        s->action.verb = kc_verb_find(v[n].verb);
        s->action.target = (struct kc_target){
            .group = "", .version = "v1", .kind = v[n].kind, .resource = "", .ns = "shop", .name = v[n].object};
        if (KC_STREQ(v[n].kind, "Node") || KC_STREQ(v[n].kind, "Namespace"))
            s->action.target.ns = "";
        s->uid = v[n].uid;
        s->changes = (struct kc_change *)(uintptr_t)v[n].change;
        s->n_changes = v[n].change != NULL;
        (*ret)[n] = (struct kc_reach_part){.step = s, .group = v[n].group};
    }
    return n;
}

#define POD_PART(name)                                                                                                 \
    {                                                                                                                  \
        "delete", "Pod", name, "u-pod-" name, NULL, 0                                                                  \
    }

static void says_what_parts_come_to(void **state)
{
    (void)state;
    static const struct kc_change idle_2_0[] = {{.path = "spec.replicas", .from = "2", .to = "0"}};
    static const struct {
        const char *name;
        struct part v[6];
        const char *reach;
    } rows[] = {
        {"all pods of a service",
         {POD_PART("web-1a-x"), POD_PART("web-1a-y"), POD_PART("web-1a-z")},
         "3 pods in shop · all replaced by 1 replicaset · on 2 nodes · service front 3 → 0 endpoints, none remain "
         "until "
         "the pods are back · ingress shop in front · PDB web now asks for 2 healthy, 0 would be left, and it does not "
         "stop this"},
        {"some that nothing replaces",
         {POD_PART("db-0"), POD_PART("lone"), POD_PART("web-1a-x")},
         "3 pods in shop · 2 replaced by 1 statefulset, 1 replicaset · 1 replaced by nothing · on 2 nodes · service db "
         "1 "
         "→ 0 endpoints, none remain until the pods are back · service front 3 → 2 endpoints · ingress shop in front · "
         "PDB web is kept"},
        {"a pod and what would make it again count once",
         {{"delete", "Deployment", "web", "u-web", NULL, 0}, POD_PART("web-1a-x")},
         "1 deployment, 1 pod in shop · all replaced by nothing · deletes 2 pods, 1 replicaset with them · on 2 nodes "
         "· "
         "service front 3 → 0 endpoints, none remain · ingress shop in front · HPA web is left without a target · PDB "
         "web now asks for 2 healthy, 0 would be left, and it does not stop this"},
        {"scaled to nothing, all there are",
         {{"scale", "Deployment", "idle", "u-idle", idle_2_0, 0},
          {"scale", "Deployment", "web", "u-web", replicas_3_0, 0}},
         "all 2 deployments in shop · 5 fewer pods · service front 3 → 0 endpoints, none remain · service db 1 "
         "endpoint · "
         "ingress shop in front · HPA web does nothing at 0 replicas · PDB web now asks for 2 healthy, 0 would be "
         "left, "
         "and it does not stop this"},
        {"more here and fewer there",
         {{"scale", "Deployment", "idle", "u-idle", replicas_0_2, 0},
          {"scale", "StatefulSet", "db", "u-db", replicas_3_0, 0}},
         "1 deployment, 1 statefulset in shop · 2 more pods · 3 fewer pods · service db 1 → 2 endpoints"},
        {"labels",
         {{"label", "Deployment", "web", "u-web", label, 0}, {"label", "StatefulSet", "db", "u-db", label, 0}},
         "1 deployment, 1 statefulset in shop"},
        {"nodes",
         {{"cordon", "Node", "n1", "u-n1", NULL, 0}, {"cordon", "Node", "n2", "u-n2", NULL, 0}},
         "2 nodes · 5 pods on them stay, no new ones come"},
        {"services",
         {{"delete", "Service", "db", "u-x-db", NULL, 0}, {"delete", "Service", "front", "u-x-front", NULL, 0}},
         "2 services in shop · service db 1 → 0 endpoints, none remain · service front 3 → 0 endpoints, none remain · "
         "ingress shop in front"},
    };
    KC_ARENA_SCOPE(a);
    struct world w;

    set_world(&w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kc_reach_part *parts;
        size_t n = parts_of(a, rows[i].v, &parts);
        const char *reach = kc_reach(a, parts, n, &w.around);
        if (!KC_STREQ(reach, rows[i].reach))
            fail_msg("%s:\n%s\nwanted\n%s", rows[i].name, reach, rows[i].reach);
    }
}

/* Of many services the three that lose most are named. */
static void names_the_worst(void **state)
{
    (void)state;
    static const struct part three[] = {POD_PART("web-1a-x"), POD_PART("web-1a-y"), POD_PART("web-1a-z"), {0}};
    static const struct kc_requirement both[] = {{"app", "In", "web,db"}};
    KC_ARENA_SCOPE(a);
    struct kc_reach_part *parts;
    struct world w;

    set_world(&w);
    const struct kc_item front = w.kinds[SERVICES].v[2];
    size_t n = parts_of(a, three, &parts);
    for (size_t i = 0; i < 6; i++) {
        w.kinds[SERVICES].v[i] = front;
        if (i < 2)
            w.kinds[SERVICES].v[i].selector = both; /* keeps the endpoint of db */
        w.kinds[SERVICES].v[i].name = i < 2 ? "partly" : "wholly";
        w.records[SERVICES][i] = (struct kc_record){.name = "s", .uid = "u", .data = &w.kinds[SERVICES].v[i]};
        w.pointers[SERVICES][i] = &w.records[SERVICES][i];
    }
    w.near[SERVICES].n = 6;
    w.around.n = SERVICES + 1;
#define WHOLLY " · service wholly 3 → 0 endpoints, none remain until the pods are back"
    assert_string_equal(kc_reach(a, parts, n, &w.around),
                        "3 pods in shop · all replaced by 1 replicaset · on 2 nodes" WHOLLY WHOLLY WHOLLY
                        " · 3 services more, 1 of them left without endpoints");
}

/* Steps that only together leave nothing say so, at the last of them. */
static void says_what_steps_come_to_together(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct part v[6];
        size_t group;
        const char *text, *more; /* NULL: none */
    } rows[] = {
        {"three pods, one step each",
         {{"delete", "Pod", "web-1a-x", "u-pod-web-1a-x", NULL, 0},
          {"label", "Deployment", "web", "u-web", label, 1},
          {"delete", "Pod", "web-1a-y", "u-pod-web-1a-y", NULL, 2},
          {"delete", "Pod", "web-1a-z", "u-pod-web-1a-z", NULL, 3}},
         3,
         "with steps 1, 3: service front 3 → 0 endpoints, none remain until the pods are back",
         "with steps 1, 3: PDB web now asks for 2 healthy, 0 would be left, and it does not stop this"},
        {"one remains",
         {{"delete", "Pod", "web-1a-x", "u-pod-web-1a-x", NULL, 0}, {"delete", "Pod", "lone", "u-pod-lone", NULL, 1}},
         0,
         NULL,
         NULL},
        {"the second alone takes all: it says so itself",
         {{"delete", "Pod", "web-1a-x", "u-pod-web-1a-x", NULL, 0},
          {"scale", "Deployment", "web", "u-web", replicas_3_0, 1}},
         1,
         NULL,
         NULL},
    };
    KC_ARENA_SCOPE(a);
    struct world w;

    set_world(&w);
    w.kinds[PDBS].v[0].min = 2;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kc_reach_part *parts;
        struct kc_reach_together *said;
        size_t n = parts_of(a, rows[i].v, &parts), n_said = kc_reach_together(a, parts, n, &w.around, &said);
        if (n_said != (rows[i].text ? 2 : 0))
            fail_msg("%s: %zu said, first %s", rows[i].name, n_said, n_said ? said[0].text : "nothing");
        if (!n_said)
            continue;
        assert_int_equal(said[0].group, rows[i].group);
        assert_string_equal(said[0].text, rows[i].text);
        assert_int_equal(said[1].group, rows[i].group);
        assert_string_equal(said[1].text, rows[i].more);
    }
}

static void together_names_nothing_that_is_not_to_be_seen(void **state)
{
    (void)state;
    static const struct part two[] = {{"delete", "Pod", "web-1a-x", "u-pod-web-1a-x", NULL, 0},
                                      {"delete", "Pod", "web-1a-y", "u-pod-web-1a-y", NULL, 0},
                                      {"delete", "Pod", "web-1a-z", "u-pod-web-1a-z", NULL, 1},
                                      {0}};
    KC_ARENA_SCOPE(a);
    struct kc_reach_part *parts;
    struct kc_reach_together *said;
    struct world w;

    set_world(&w);
    for (size_t i = 0; i < w.around.n; i++)
        w.near[i].named = false;
    size_t n = parts_of(a, two, &parts);
    assert_int_equal(kc_reach_together(a, parts, n, &w.around, &said), 1); /* the budget: step 1 alone goes below it */
    assert_string_equal(said[0].text, "with step 1: a service is left without endpoints");
}

/* 30,000 pods, a third of them the target's, three services: the figure is printed; the limit leaves room for
 * sanitizers. */
static void is_quick_for_many_pods(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct world w;
    struct kc_item *items = kc_arena_array(a, MANY, sizeof *items);
    struct kc_record *records = kc_arena_array(a, MANY, sizeof *records);
    const struct kc_record **v = kc_arena_array(a, MANY, sizeof *v);

    set_world(&w);
    for (size_t i = 0; i < MANY; i++) {
        const struct kc_item *like = &w.kinds[PODS].v[i % 3 ? 0 : 2];
        items[i] = *like;
        items[i].name = kc_arena_printf(a, "pod-%05zu", i);
        records[i] = (struct kc_record){.name = items[i].name, .uid = items[i].name, .data = &items[i]};
        v[i] = &records[i];
    }
    w.near[PODS].v = v;
    w.near[PODS].n = MANY;
    for (size_t i = 0; i < 3; i++)
        w.kinds[SERVICES].v[i] = w.kinds[SERVICES].v[2];
    int64_t best = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        int64_t began = kc_mono_us();
        const char *reach = reach_of(a, &cases[0], &w.around);
        int64_t took = kc_mono_us() - began;
        best = took < best ? took : best;
        if (!kc_str_starts(reach, "2 more pods · service front 10000 → 10002 endpoints"))
            fail_msg("%s", reach);
    }
    print_message("reach at %d pods, 3 services: %lld us\n", MANY, (long long)best);
    assert_true(best < 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_touched),
        cmocka_unit_test(names_nothing_that_is_not_to_be_seen),
        cmocka_unit_test(says_that_it_does_not_know_everything),
        cmocka_unit_test(counts_only_ready_pods),
        cmocka_unit_test(many_services_are_counted),
        cmocka_unit_test(says_what_parts_come_to),
        cmocka_unit_test(names_the_worst),
        cmocka_unit_test(says_what_steps_come_to_together),
        cmocka_unit_test(together_names_nothing_that_is_not_to_be_seen),
        cmocka_unit_test(is_quick_for_many_pods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
