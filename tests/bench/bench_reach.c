/* reach: what a change touches, among 30,000 pods of one namespace: of one step, of steps over many objects, of a plan
 * of several. CPU time of the thread: p50 and max of the rounds, as a table and as JSON; exit code 1 when one takes 10
 * ms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/base/buf.h"
#include "controller/kube/item.h"
#include "controller/plan/reach.h"

#define PODS      30000
#define WORKLOADS 300
#define EACH      (PODS / WORKLOADS)
#define SERVICES  300
#define BUDGETS   100
#define PARTS_MAX 512
#define ROUNDS    21
#define GOAL_US   10000

/* Lists as the fleet has them. Strings that are equal are the same one, as in its intern table. */
struct cluster {
    struct kc_near near[5];
    struct kc_surroundings around;
    const struct kc_record *pods[PODS];
};

static const struct kc_record *record(struct kc_arena *a, const struct kc_item *item, const char *uid)
{
    struct kc_record *r = kc_arena_alloc(a, sizeof *r);

    *r = (struct kc_record){.name = item->name, .uid = uid, .data = kc_arena_memdup(a, item, sizeof *item)};
    return r;
}

static const char *uid_of(struct kc_arena *a, const char *sort, int i)
{
    return kc_arena_printf(a, "%s-%04d-4c1e-8f5a-0123456789ab", sort, i);
}

static void fill(struct kc_arena *a, struct cluster *c)
{
    static const char *const kinds[][2] = {{"Pod", "pods"},
                                           {"ReplicaSet", "replicasets"},
                                           {"Deployment", "deployments"},
                                           {"Service", "services"},
                                           {"PodDisruptionBudget", "poddisruptionbudgets"}};
    const size_t sizes[] = {PODS, WORKLOADS, WORKLOADS, SERVICES, BUDGETS};
    const struct kc_record **lists[5];
    const struct kc_item none = {.ns = "shop", .owner_kind = "", .owner_name = "", .owner_uid = "", .node = ""};

    for (size_t k = 0; k < 5; k++) {
        lists[k] = k ? kc_arena_array(a, sizes[k], sizeof **lists) : c->pods;
        c->near[k] = (struct kc_near){kinds[k][0], kinds[k][1], lists[k], sizes[k], true};
    }
    for (int w = 0; w < WORKLOADS; w++) {
        struct kc_label labels[] = {{"app", kc_arena_printf(a, "app-%03d", w)},
                                    {"pod-template-hash", kc_arena_printf(a, "%08x", w * 7919)},
                                    {"team", w % 2 ? "odd" : "even"}};
        struct kc_requirement selector[] = {{"app", "In", labels[0].value}};
        struct kc_item item = none;
        item.labels = kc_arena_memdup(a, labels, sizeof labels);
        item.n_labels = 3;
        item.name = labels[0].value;
        lists[2][w] = record(a, &item, uid_of(a, "deploy", w));
        item.owner_kind = "Deployment";
        item.owner_name = labels[0].value;
        item.owner_uid = lists[2][w]->uid;
        item.name = kc_arena_printf(a, "app-%03d-%s", w, labels[1].value);
        lists[1][w] = record(a, &item, uid_of(a, "rs", w));
        item.owner_kind = "ReplicaSet";
        item.owner_name = item.name;
        item.owner_uid = lists[1][w]->uid;
        item.status = "Running";
        item.ready = item.n_containers = 1;
        for (int i = 0; i < EACH; i++) {
            item.name = kc_arena_printf(a, "%s-%05d", item.owner_name, i);
            item.node = kc_arena_printf(a, "node-%d", i % 100);
            c->pods[w * EACH + i] = record(a, &item, uid_of(a, "pod", w * EACH + i));
        }
        item = none;
        item.selects = true;
        item.selector = kc_arena_memdup(a, selector, sizeof selector);
        item.n_selector = 1;
        item.name = labels[0].value;
        item.have = EACH;
        item.min = EACH / 2;
        lists[3][w] = record(a, &item, uid_of(a, "svc", w));
        if (w < BUDGETS)
            lists[4][w] = record(a, &item, uid_of(a, "pdb", w));
    }
    c->around = (struct kc_surroundings){c->near, 5, true};
}

/* n steps of one verb on objects of a list, as many steps as people count when apart. */
static struct kc_reach_part *parts_of(struct kc_arena *a, const struct kc_near *list, size_t n, const char *verb,
                                      struct kc_change *change, bool apart)
{
    struct kc_reach_part *parts = kc_arena_array(a, n, sizeof *parts);

    for (size_t i = 0; i < n; i++) {
        struct kc_record_step *s = kc_arena_alloc(a, sizeof *s);
        *s = (struct kc_record_step){
            .action = {.verb = kc_verb_find(verb),
                       .target = {"apps", "v1", list->kind, list->plural, "shop", list->v[i]->name}},
            .effect = change ? KC_MUTATING : KC_DESTRUCTIVE,
            .uid = list->v[i]->uid,
            .changes = change,
            .n_changes = change != NULL};
        parts[i] = (struct kc_reach_part){.step = s, .group = apart ? i : 0};
    }
    return parts;
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

int main(void)
{
    static struct cluster c;
    static struct kc_change to_zero = {.path = "spec.replicas", .from = "100", .to = "0"};
    static const struct {
        const char *what, *key, *verb;
        size_t kind, n;
        struct kc_change *change;
        bool apart;
    } cases[] = {
        {"scale of one of 300 deployments", "one", "scale", 2, 1, &to_zero, false},
        {"delete of 512 pods", "pods", "delete", 0, PARTS_MAX, NULL, false},
        {"scale of all 300 deployments", "deployments", "scale", 2, WORKLOADS, &to_zero, false},
        {"a plan of 32 steps, together", "together", "scale", 2, 32, &to_zero, true},
    };
    KC_ARENA_SCOPE(objects);
    KC_BUF_SCOPE json = {0};
    int64_t worst = 0;

    fill(objects, &c);
    printf("%-40s %8s %8s\n", "reach among 30,000 pods", "p50 us", "max us");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct kc_reach_part *parts =
            parts_of(objects, &c.near[cases[k].kind], cases[k].n, cases[k].verb, cases[k].change, cases[k].apart);
        int64_t took[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            KC_ARENA_SCOPE(a);
            struct kc_reach_together *said;
            int64_t start = cpu_us();
            size_t len = cases[k].apart ? kc_reach_together(a, parts, cases[k].n, &c.around, &said) + 1
                                        : strlen(kc_reach(a, parts, cases[k].n, &c.around));
            took[i] = cpu_us() - start;
            if (!len)
                return 2;
        }
        qsort(took, ROUNDS, sizeof *took, by_size);
        printf("%-40s %8lld %8lld\n", cases[k].what, (long long)took[ROUNDS / 2], (long long)took[ROUNDS - 1]);
        kc_buf_printf(&json, ",\"%s_p50_us\":%lld,\"%s_max_us\":%lld", cases[k].key, (long long)took[ROUNDS / 2],
                      cases[k].key, (long long)took[ROUNDS - 1]);
        worst = took[ROUNDS / 2] > worst ? took[ROUNDS / 2] : worst;
    }
    printf("{\"bench\":\"reach\",\"pods\":%d%s}\n", PODS, kc_buf_str(&json));
    return worst < GOAL_US ? 0 : 1;
}
