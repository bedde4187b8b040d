/* plan: the built-in planner against 30,000 pods: p50 and p95 over a mix of prompts, as a table and as JSON. CPU time
 * of the thread, so that what else the machine does is not counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/plan/planner.h"

#define SERVICES 1000
#define PODS     30000
#define ROUNDS   40

static const char *const prompts[] = {
    "scale svc-17 to 5",
    "restart svc-3 and svc-999, then scale svc-500 up by two",
    "ship svc-42 2.3.2",
    "delete evicted pods",
    "show pods on node-3",
    "why is svc-77 crash looping",
    "logs of svc-12 from the last 10 minutes",
    "pods of svc-900",
    "set the memory limit of svc-5 to 512Mi",
    "restart svc-nonsuch",   /* a question with candidates */
    "logs of svc-10000000x", /* likewise */
    "delete pod svc-100-7d9f8c6b5-00003",
    "who is eating memory?",
    "please take node-7 out of rotation because its disk is broken",
    "restart everything except svc-1",
};
#define PROMPTS (sizeof prompts / sizeof *prompts)

static struct kc_object *object(struct kc_arena *a, struct kc_inventory *inv, const char *type, const char *ns,
                                const char *name)
{
    struct kc_object *o = &inv->v[inv->n++];
    *o = (struct kc_object){.mapping = kc_restmap_find(inv->restmap, type),
                            .ns = ns,
                            .name = name,
                            .uid = kc_arena_printf(a, "uid-%zu", inv->n),
                            .owner_kind = "",
                            .owner_name = "",
                            .replicas = 3,
                            .ready = 3,
                            .status = "",
                            .node = ""};
    return o;
}

static void fill(struct kc_arena *a, struct kc_inventory *inv)
{
    *inv = (struct kc_inventory){.restmap = kc_restmap_offline(a, NULL)};
    inv->v = kc_arena_array(a, PODS + 3 * SERVICES + 100, sizeof *inv->v);
    for (int i = 0; i < 100; i++)
        object(a, inv, "nodes", "", kc_arena_printf(a, "node-%d", i))->status = "Ready";
    for (int i = 0; i < SERVICES; i++) {
        const char *name = kc_arena_printf(a, "svc-%d", i);
        struct kc_container_ref *c = kc_arena_alloc(a, sizeof *c);
        struct kc_object *o = object(a, inv, "deployments", "shop", name);
        *c = (struct kc_container_ref){.name = name, .image = kc_arena_printf(a, "registry.example/%s:2.3.1", name)};
        o->containers = c;
        o->n_containers = 1;
        object(a, inv, "services", "shop", name)->replicas = -1;
        o = object(a, inv, "replicasets", "shop", kc_arena_printf(a, "%s-7d9f8c6b5", name));
        o->owner_kind = "Deployment";
        o->owner_name = name;
    }
    for (int i = 0; i < PODS; i++) {
        const char *set = kc_arena_printf(a, "svc-%d-7d9f8c6b5", i % SERVICES);
        struct kc_object *o = object(a, inv, "pods", "shop", kc_arena_printf(a, "%s-%05d", set, i / SERVICES));
        o->owner_kind = "ReplicaSet";
        o->owner_name = set;
        o->status = i % 3001 ? "Running" : "Evicted";
        o->restarts = i % 1000 ? 0 : 7;
        o->node = kc_arena_printf(a, "node-%d", i % 100);
    }
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
    static const char *namespaces[] = {"shop"};
    static int64_t took[PROMPTS * ROUNDS], of_prompt[ROUNDS];
    KC_ARENA_SCOPE(objects);
    struct kc_inventory inv;
    fill(objects, &inv);
    printf("%-62s %8s %8s\n", "prompt", "p50 us", "max us");
    for (size_t p = 0; p < PROMPTS; p++) {
        for (int i = 0; i < ROUNDS; i++) {
            KC_ARENA_SCOPE(a);
            struct kc_plan_input in = {
                .prompt = prompts[p], .namespaces = {.v = namespaces, .n = 1}, .inventory = &inv};
            struct kc_planned planned;
            int64_t start = cpu_us();
            kc_plan_words(a, &in, &planned);
            of_prompt[i] = took[p * ROUNDS + (size_t)i] = cpu_us() - start;
        }
        qsort(of_prompt, ROUNDS, sizeof *of_prompt, by_size);
        printf("%-62s %8lld %8lld\n", prompts[p], (long long)of_prompt[ROUNDS / 2], (long long)of_prompt[ROUNDS - 1]);
    }
    qsort(took, PROMPTS * ROUNDS, sizeof *took, by_size);
    printf("{\"objects\":%zu,\"plans\":%zu,\"p50_us\":%lld,\"p95_us\":%lld,\"max_us\":%lld}\n", inv.n, PROMPTS * ROUNDS,
           (long long)took[PROMPTS * ROUNDS / 2], (long long)took[PROMPTS * ROUNDS * 95 / 100],
           (long long)took[PROMPTS * ROUNDS - 1]);
    return 0;
}
