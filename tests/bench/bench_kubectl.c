/* Commands parsed and rendered again, CPU time on one core, against a bare copy of the same bytes word by word in the
 * same run. Prints one line of JSON and a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/action/kubectl.h"

#define ROUNDS     9
#define CALLS      200000
#define GOAL_PER_S 500000.0

#define TYPES 80 /* a cluster's discovery with a few operators installed */

static const char *const commands[] = {
    "kubectl scale deployment/checkout --namespace=shop --replicas=5",
    "kubectl scale statefulset/ledger --namespace=pay --replicas=3 --current-replicas=2",
    "kubectl scale deploy/web -n shop --replicas 12",
    "scale --replicas=0 -n batch deployments.apps payments-worker",
    "kubectl set image deployment/checkout main=registry.example.com/shop/checkout:1.4.2 --namespace=shop",
    "kubectl label deploy/web tier=front example.com/team=pay old- -n shop --overwrite",
    "kubectl rollout undo statefulset/ledger --to-revision=3 -n pay",
    "kubectl delete deployment/web -n shop --cascade=foreground",
};
#define COMMANDS (sizeof commands / sizeof *commands)

static struct kc_mapping types[TYPES];
static const struct kc_restmap restmap = {types, TYPES};

static void make_types(struct kc_arena *a)
{
    static const char *deploy[] = {"deploy"}, *sts[] = {"sts"};
    for (size_t i = 0; i < TYPES; i++)
        types[i] = (struct kc_mapping){.group = i < 20 ? "" : "operators.example.com",
                                       .version = "v1",
                                       .kind = kc_arena_printf(a, "Resource%zu", i),
                                       .resource = kc_arena_printf(a, "resource%zus", i),
                                       .singular = kc_arena_printf(a, "resource%zu", i),
                                       .namespaced = true,
                                       .preferred = true,
                                       .priority = (unsigned)i};
    types[30] = (struct kc_mapping){.group = "apps",
                                    .version = "v1",
                                    .kind = "Deployment",
                                    .resource = "deployments",
                                    .singular = "deployment",
                                    .short_names = {deploy, 1},
                                    .namespaced = true,
                                    .scalable = true,
                                    .preferred = true,
                                    .priority = 30};
    types[31] = (struct kc_mapping){.group = "apps",
                                    .version = "v1",
                                    .kind = "StatefulSet",
                                    .resource = "statefulsets",
                                    .singular = "statefulset",
                                    .short_names = {sts, 1},
                                    .namespaced = true,
                                    .scalable = true,
                                    .preferred = true,
                                    .priority = 31};
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t parse_and_render(struct kc_arena *a, const char *command)
{
    static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};
    struct kc_actions acts = {0};
    struct kc_err err;
    if (!kc_kubectl_parse(a, command, &context, &acts, &err))
        abort();
    return strlen(kc_kubectl_render(a, &acts.v[0], &restmap));
}

/* What any parser has to do at least: take the words apart and put them together. */
static size_t copy_words(struct kc_arena *a, const char *command)
{
    KC_BUF_SCOPE out = {0};
    while (*command) {
        size_t len = strcspn(command, " ");
        kc_buf_puts(&out, kc_arena_strndup(a, command, len));
        kc_buf_putc(&out, ' ');
        command += len + (command[len] == ' ');
    }
    return strlen(kc_arena_strdup(a, kc_buf_str(&out)));
}

/* Calls a second, the best of several rounds: what the machine does besides only makes it slower. */
static double rate(size_t (*work)(struct kc_arena *, const char *))
{
    KC_ARENA_SCOPE(a);
    double best = 0;
    size_t bytes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        for (size_t i = 0; i < CALLS; i++) {
            bytes += work(a, commands[i % COMMANDS]);
            kc_arena_reset(a);
        }
        double per_s = CALLS / (cpu_seconds() - start);
        best = per_s > best ? per_s : best;
    }
    if (!bytes)
        abort();
    return best;
}

int main(void)
{
    KC_ARENA_SCOPE(a);
    make_types(a);
    double base = rate(copy_words), ours = rate(parse_and_render);
    printf("{\"bench\": \"kubectl\", \"parse_and_render_per_s\": %.0f, \"copy_words_per_s\": %.0f, \"ratio\": %.3f, "
           "\"goal_per_s\": %.0f}\n",
           ours, base, ours / base, GOAL_PER_S);
    printf("parse and render   %10.0f /s\ncopy of the words  %10.0f /s\nratio              %10.3f\n", ours, base,
           ours / base);
    return ours >= GOAL_PER_S ? 0 : 1;
}
