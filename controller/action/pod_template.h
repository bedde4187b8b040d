/* pod_template: where the types of the API keep the containers of the pods that they make. Private to action. */
#pragma once

#include "controller/action/action.h"

/* Pod, ReplicationController, apps/v1 workloads, Job, CronJob: what kubectl set works on. */
bool kc_has_pod_spec(const struct kc_mapping *m);
/* Those whose pods follow a change of the template by themselves. */
bool kc_has_rollouts(const struct kc_mapping *m);
/* "spec.template.spec", "spec" of a Pod; NULL: none. */
const char *kc_pod_spec_path(const struct kc_target *t);

/* One container that a verb speaks of. */
struct kc_container {
    const char *list, *name; /* "containers" or "initContainers" */
    json_t *v;               /* in the object that was asked */
    const char *path;        /* "spec.template.spec.containers[name=web]" */
};
struct kc_containers {
    struct kc_container *v;
    size_t n;
};
/* The containers, init containers last, whose name matches the pattern: kubectl's, in which * stands for anything. */
struct kc_containers kc_containers_of(struct kc_arena *a, const struct kc_target *t, const json_t *object,
                                      const char *pattern);
/* INVALID: no container matches; names those that there are. */
bool kc_no_such_container(struct kc_arena *a, const struct kc_target *t, const json_t *object, const char *pattern,
                          struct kc_err *err);
