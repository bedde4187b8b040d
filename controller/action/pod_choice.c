#include "controller/action/pod_choice.h"

#include <stdlib.h>

#include "controller/base/buf.h"
#include "controller/base/clock.h"

#define DEFAULT_ANNOTATION "kubectl.kubernetes.io/default-container"

/* What a pod is chosen by, the better the smaller (kubectl's podutils.ByLogging and ActivePods, which differ in the
 * restarts alone). */
struct candidate {
    const json_t *pod;
    int64_t rank[6];
    size_t place;
};

static const json_t *ready_condition(const json_t *pod)
{
    size_t i;
    json_t *c;

    json_array_foreach(kc_json_at(pod, "status.conditions"), i, c)
    {
        if (KC_STREQ(kc_or(kc_json_str(c, "type"), ""), "Ready") &&
            KC_STREQ(kc_or(kc_json_str(c, "status"), ""), "True"))
            return c;
    }
    return NULL;
}

static int64_t restarts(const json_t *pod)
{
    int64_t most = 0;
    size_t i;
    json_t *s;

    json_array_foreach(kc_json_at(pod, "status.containerStatuses"), i, s)
    {
        int64_t n = kc_json_int(s, "restartCount", 0);
        most = n > most ? n : most;
    }
    return most;
}

static int64_t time_at(const json_t *object, const char *path)
{
    const char *text = kc_json_str(object, path);
    int64_t ms;

    return text && kc_time_parse(text, &ms, NULL) ? ms : INT64_MAX;
}

static struct candidate candidate_of(const json_t *pod, size_t place, enum kc_pod_choice choice)
{
    const char *phase = kc_or(kc_json_str(pod, "status.phase"), "");
    const json_t *ready = ready_condition(pod);

    return (struct candidate){.pod = pod,
                              .place = place,
                              .rank = {*kc_or(kc_json_str(pod, "spec.nodeName"), "") == '\0',
                                       KC_STREQ(phase, "Pending")   ? 2
                                       : KC_STREQ(phase, "Unknown") ? 1
                                                                    : 0,
                                       ready == NULL, ready ? time_at(ready, "lastTransitionTime") : 0,
                                       choice == KC_POD_TO_READ ? -restarts(pod) : restarts(pod),
                                       time_at(pod, "metadata.creationTimestamp")}};
}

static int by_rank(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;

    for (size_t i = 0; i < sizeof a->rank / sizeof a->rank[0]; i++)
        if (a->rank[i] != b->rank[i])
            return a->rank[i] < b->rank[i] ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

const json_t **kc_pods_by_choice(struct kc_arena *a, const json_t *answer, enum kc_pod_choice choice, size_t *ret_n)
{
    const json_t *items = json_object_get(answer, "items");
    size_t n = items ? json_array_size(items) : answer ? 1 : 0;
    struct candidate *v = kc_arena_array(a, n, sizeof *v);
    const json_t **pods = kc_arena_array(a, n, sizeof *pods);

    for (size_t i = 0; i < n; i++)
        v[i] = candidate_of(items ? json_array_get(items, i) : answer, i, choice);
    if (n && choice != KC_POD_AS_LISTED)
        qsort(v, n, sizeof *v, by_rank);
    for (size_t i = 0; i < n; i++)
        pods[i] = v[i].pod;
    *ret_n = n;
    return pods;
}

/* In the order in which kubectl names them. */
static const struct {
    const char *containers, *statuses, *kind;
} lists[] = {
    {"spec.containers", "status.containerStatuses", ""},
    {"spec.ephemeralContainers", "status.ephemeralContainerStatuses", " (ephem)"},
    {"spec.initContainers", "status.initContainerStatuses", " (init)"},
};
#define N_LISTS (sizeof lists / sizeof lists[0])

const char *kc_pod_container_names(struct kc_arena *a, const json_t *pod)
{
    KC_BUF_SCOPE out = {0};
    size_t i;
    json_t *c;

    for (size_t l = 0; l < N_LISTS; l++)
        json_array_foreach(kc_json_at(pod, lists[l].containers), i, c)
            kc_buf_printf(&out, "%s%s%s", out.len ? ", " : "", kc_or(kc_json_str(c, "name"), ""), lists[l].kind);
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static const json_t *named(const json_t *list, const char *name)
{
    size_t i;
    json_t *c;

    json_array_foreach(list, i, c)
    {
        if (KC_STREQ(kc_or(kc_json_str(c, "name"), ""), name))
            return c;
    }
    return NULL;
}

bool kc_pod_has_container(const json_t *pod, const char *name)
{
    for (size_t l = 0; l < N_LISTS; l++)
        if (named(kc_json_at(pod, lists[l].containers), name))
            return true;
    return false;
}

static const char *annotated(const json_t *pod)
{
    return kc_json_map_get(pod, "metadata.annotations", DEFAULT_ANNOTATION);
}

bool kc_pod_default_is_annotated(const json_t *pod)
{
    return annotated(pod) != NULL;
}

const char *kc_pod_default_container(const json_t *pod)
{
    const char *name = annotated(pod);

    if (name && kc_pod_has_container(pod, name))
        return name;
    return kc_or(kc_json_str(json_array_get(kc_json_at(pod, "spec.containers"), 0), "name"), "");
}

const char *kc_pod_container_state(const json_t *pod, const char *name, const char **ret_why)
{
    static const char *const states[] = {"running", "waiting", "terminated"};

    *ret_why = "";
    for (size_t l = 0; l < N_LISTS; l++) {
        const json_t *state = kc_json_at(named(kc_json_at(pod, lists[l].statuses), name), "state");
        for (size_t i = 0; state && i < sizeof states / sizeof states[0]; i++)
            if (json_object_get(state, states[i])) {
                *ret_why = kc_or(kc_json_str(json_object_get(state, states[i]), "reason"), "");
                return states[i];
            }
    }
    return NULL;
}

bool kc_has_pods(const struct kc_mapping *m)
{
    static const char *const kinds[] = {"Pod",       "Deployment", "ReplicaSet", "StatefulSet",
                                        "DaemonSet", "Job",        "Service",    "ReplicationController"};
    const char *group = kc_or(m->group, "");

    if (*group && !KC_STREQ(group, "apps") && !KC_STREQ(group, "batch"))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (KC_STREQ(kinds[i], m->kind))
            return true;
    return false;
}

bool kc_is_pod(const struct kc_target *t)
{
    return KC_STREQ(t->resource, "pods") && !*t->group;
}
