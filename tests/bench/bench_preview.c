/* preview: a plan of ten steps on ten objects, from the actions to what people are shown, by one worker with the pool
 * that the manager has, beside the same plan one step after the other, in turn: bench_preview [ROUNDS], default 3, of
 * PLANS each. Against the API server of $KUBECONFIG, as ourselves; the deployments (without pods) are made and deleted
 * again. p50 and p95 of all rounds, as a table and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/reconcile/planning.h"

#define STEPS      10
#define PLANS      40 /* a round */
#define ROUNDS_MAX 32
#define THREADS    8 /* as controller/cli/manager_chat.c has it */
#define NAMESPACE  "default"
#define PATH       "/apis/apps/v1/namespaces/" NAMESPACE "/deployments"

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_preview: %s\n", what);
    exit(1);
}

static struct kc_cluster connect_cluster(void)
{
    struct kc_err err = {0};
    struct kc_http_client *http = kc_http_client_create(&err);
    must(http != NULL, err.message);
    struct kc_config *config = kc_config_load(NULL, NULL, &err);
    must(config != NULL, err.message);
    struct kc_kube *kube = kc_kube_create(http, config, &(struct kc_kube_options){0});
    struct kc_cluster c = {.name = KC_IN_CLUSTER,
                           .uid = "u",
                           .kube = kube,
                           .discovery = kc_discovery_create(kube),
                           .rights = kc_rights_create()};
    must(kc_discovery_refresh(c.discovery, true, &err), err.message);
    return c;
}

/* The odd ones are scaled, the even ones get an image. */
static const char *command_of(struct kc_arena *a, int i)
{
    return i % 2 ? kc_arena_printf(a, "kubectl scale deployment/bench-preview-%d -n " NAMESPACE " --replicas=3", i)
                 : kc_arena_printf(a, "kubectl set image deployment/bench-preview-%d -n " NAMESPACE " main=pause:2", i);
}

static void remove_deployments(const struct kc_cluster *c)
{
    struct kc_call as_ourselves = {0};

    for (int i = 0; i < STEPS; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err ignored = {0};
        json_t *answer;
        (void)!kc_kube_send(c->kube, "DELETE", kc_arena_printf(a, PATH "/bench-preview-%d", i), NULL, NULL, NULL,
                            &as_ourselves, a, &answer, &ignored);
    }
}

static void make_deployments(const struct kc_cluster *c)
{
    struct kc_call as_ourselves = {0};

    for (int i = 0; i < STEPS; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        json_t *answer;
        const char *name = kc_arena_printf(a, "bench-preview-%d", i);
        KC_JSON_SCOPE *body =
            json_pack("{s:s, s:s, s:{s:s}, s:{s:i, s:{s:{s:s}}, s:{s:{s:{s:s}}, s:{s:[{s:s, s:s}]}}}}", "apiVersion",
                      "apps/v1", "kind", "Deployment", "metadata", "name", name, "spec", "replicas", 0, "selector",
                      "matchLabels", "app", name, "template", "metadata", "labels", "app", name, "spec", "containers",
                      "name", "main", "image", "pause:1");
        must(kc_kube_send(c->kube, "POST", PATH, NULL, "application/json", body, &as_ourselves, a, &answer, &err),
             err.message);
    }
}

static double preview_once(struct kc_chat *chat, const struct kc_restmap *types)
{
    KC_ARENA_SCOPE(a);
    const struct kc_kubectl_context here = {.restmap = types, .default_namespace = NAMESPACE};
    struct kc_planning p = {.restmap = types};
    struct kc_visit v = {.chat = chat, .a = a, .key = "bench"};
    struct kc_err err = {0};

    v.cr.spec.requested_by.who = (struct kc_identity){.username = ""};
    p.planned.steps = kc_arena_array(a, STEPS, sizeof *p.planned.steps);
    for (int i = 0; i < STEPS; i++) {
        struct kc_actions acts;
        must(kc_kubectl_parse(a, command_of(a, i), &here, &acts, &err), err.message);
        p.planned.steps[p.planned.n_steps++] = (struct kc_planned_step){.action = acts.v[0], .reason = "bench"};
    }
    int64_t began = kc_mono_us();
    must(kc_preview_plan(&v, &p, &err), err.message);
    kc_preview_show(&v, &p);
    double ms = (double)(kc_mono_us() - began) / 1e3;
    must(p.accepted, kc_or(p.refusal, "a step was refused"));
    must(v.cr.status.plan.n_steps == STEPS, "not every step is shown");
    return ms;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static double at_once[ROUNDS_MAX * PLANS], in_turn[ROUNDS_MAX * PLANS];
    int rounds = argc > 1 ? atoi(argv[1]) : 3;
    struct kc_err err = {0};
    must(rounds > 0 && rounds <= ROUNDS_MAX, "ROUNDS: from 1 to 32");
    struct kc_chat chat = {.cluster = connect_cluster()};
    struct kc_pool *pool = kc_pool_create(THREADS, &err);
    must(pool != NULL, err.message);
    const struct kc_restmap *types = kc_restmap_of(kc_discovery_get(chat.cluster.discovery));
    size_t n = 0;

    remove_deployments(&chat.cluster);
    make_deployments(&chat.cluster);
    preview_once(&chat, types);
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < PLANS; i++, n++) {
            chat.pool = NULL;
            in_turn[n] = preview_once(&chat, types);
            chat.pool = pool;
            at_once[n] = preview_once(&chat, types);
        }
    remove_deployments(&chat.cluster);
    qsort(at_once, n, sizeof at_once[0], by_value);
    qsort(in_turn, n, sizeof in_turn[0], by_value);
    size_t p50 = n / 2, p95 = n * 95 / 100;
    printf(
        "preview of %d steps   p50      p95\n  at once            %6.1f   %6.1f ms\n  one by one         %6.1f   %6.1f "
        "ms\n  ratio              %6.2f   %6.2f\n",
        STEPS, at_once[p50], at_once[p95], in_turn[p50], in_turn[p95], at_once[p50] / in_turn[p50],
        at_once[p95] / in_turn[p95]);
    printf("{\"bench\":\"preview\",\"steps\":%d,\"plans\":%zu,\"p50_ms\":%.2f,\"p95_ms\":%.2f,\"in_turn_p50_ms\":%.2f,"
           "\"in_turn_p95_ms\":%.2f}\n",
           STEPS, n, at_once[p50], at_once[p95], in_turn[p50], in_turn[p95]);
    kc_pool_destroy(pool);
    return 0;
}
