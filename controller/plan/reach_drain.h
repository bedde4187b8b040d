/* reach_drain: what a drain reaches, in one line for people: where its pods can go, which services lose how many
 * endpoints, which disruption budgets make it wait. Pure, and as much a moment old as its records (reach.h). */
#pragma once

#include "controller/plan/reach.h"

/* A pod that is evicted. */
struct kc_leaving {
    const char *ns, *name;
    const json_t *node_selector; /* NULL: any node */
};

struct kc_drain_scene {
    const struct kc_leaving *pods;
    size_t n_pods;
    struct kc_strs namespaces;            /* of the pods, each once */
    const struct kc_surroundings *around; /* one for each of them */
    const struct kc_near *nodes;          /* NULL: not known */
    struct kc_strs drained;               /* names of the nodes that are drained */
};

/* In the arena. */
const char *kc_reach_drain(struct kc_arena *a, const struct kc_drain_scene *s);
