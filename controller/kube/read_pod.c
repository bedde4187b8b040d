/* A pod's state, as kubectl's printPod has it (k8s.io/kubernetes pkg/printers/internalversion). */
#include "controller/kube/read_kinds.h"

struct reading {
    struct kc_arena *a;
    const Pb__Pod *pod;
    const Pb__PodStatus *status;
    struct kc_item *ret;
};

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

static bool says(const Pb__PodStatus *s, const char *type)
{
    for (size_t i = 0; i < s->n_conditions; i++)
        if (KC_STREQ(or_empty(s->conditions[i]->type), type))
            return KC_STREQ(or_empty(s->conditions[i]->status), "True");
    return false;
}

static bool is_gated(const Pb__PodStatus *s)
{
    for (size_t i = 0; i < s->n_conditions; i++)
        if (KC_STREQ(or_empty(s->conditions[i]->type), "PodScheduled") &&
            KC_STREQ(or_empty(s->conditions[i]->reason), "SchedulingGated"))
            return true;
    return false;
}

/* "OOMKilled", "Signal:9", "ExitCode:1" */
static const char *why_ended(struct kc_arena *a, const Pb__ContainerStateTerminated *t)
{
    if (t->reason && *t->reason)
        return t->reason;
    return t->signal ? kc_arena_printf(a, "Signal:%d", t->signal) : kc_arena_printf(a, "ExitCode:%d", t->exit_code);
}

/* "CrashLoopBackOff", "OOMKilled", ...: why a container does not run; NULL when that is not said. */
static const char *why_stopped(struct kc_arena *a, const Pb__ContainerState *s)
{
    if (!s)
        return NULL;
    if (s->waiting && s->waiting->reason && *s->waiting->reason)
        return s->waiting->reason;
    return s->terminated ? why_ended(a, s->terminated) : NULL;
}

static int32_t add_restarts(int32_t sum, const Pb__ContainerStatus *c)
{
    int32_t n = c->restart_count > 0 ? c->restart_count : 0;

    return n > INT32_MAX - sum ? INT32_MAX : sum + n;
}

/* A sidecar: an init container that goes on running. */
static bool is_sidecar(const Pb__PodSpec *spec, const char *name)
{
    for (size_t i = 0; spec && i < spec->n_init_containers; i++)
        if (KC_STREQ(or_empty(spec->init_containers[i]->name), or_empty(name)))
            return KC_STREQ(or_empty(spec->init_containers[i]->restart_policy), "Always");
    return false;
}

/* What one init container makes the pod wait for; NULL: nothing. */
static const char *waits_for(const struct reading *r, size_t i)
{
    const Pb__ContainerStatus *c = r->status->init_container_statuses[i];
    const Pb__ContainerState *s = c->state;
    const char *why = why_stopped(r->a, s);

    if (s && s->terminated && s->terminated->exit_code == 0)
        return NULL;
    if (is_sidecar(r->pod->spec, c->name) && c->started) {
        r->ret->ready += c->ready;
        return NULL;
    }
    if (s && s->terminated)
        return kc_arena_printf(r->a, "Init:%s", why_ended(r->a, s->terminated));
    if (why && !KC_STREQ(why, "PodInitializing"))
        return kc_arena_printf(r->a, "Init:%s", why);
    return kc_arena_printf(r->a, "Init:%zu/%zu", i, r->pod->spec ? r->pod->spec->n_init_containers : 0);
}

/* The first init container that is not done yet says what the pod waits for. NULL: all are done. *ret_sidecars: the
 * restarts of those that count for a pod that runs. */
static const char *initializing(const struct reading *r, int32_t *ret_sidecars)
{
    *ret_sidecars = 0;
    for (size_t i = 0; i < r->status->n_init_container_statuses; i++) {
        const Pb__ContainerStatus *c = r->status->init_container_statuses[i];
        r->ret->restarts = add_restarts(r->ret->restarts, c);
        if (is_sidecar(r->pod->spec, c->name))
            *ret_sidecars = add_restarts(*ret_sidecars, c);
        const char *why = waits_for(r, i);
        if (why)
            return why;
    }
    return NULL;
}

/* What the containers say, the first one's word last; reason when they say nothing. */
static const char *running(const struct reading *r, const char *reason)
{
    const Pb__PodStatus *s = r->status;
    bool any = false;

    for (size_t i = s->n_container_statuses; i-- > 0;) {
        const Pb__ContainerStatus *c = s->container_statuses[i];
        const char *why = why_stopped(r->a, c->state);
        r->ret->restarts = add_restarts(r->ret->restarts, c);
        if (why) {
            reason = why;
        } else if (c->ready && c->state && c->state->running) {
            any = true;
            r->ret->ready++;
        }
    }
    if (any && KC_STREQ(reason, "Completed"))
        return says(s, "Ready") ? "Running" : "NotReady";
    return reason;
}

static const char *state_of(const struct reading *r)
{
    const Pb__PodStatus *s = r->status;
    const char *phase = or_empty(s->phase), *given = or_empty(s->reason), *reason = *given ? given : phase;
    int32_t sidecars;

    if (is_gated(s))
        reason = "SchedulingGated";
    const char *init = initializing(r, &sidecars);
    if (init)
        reason = init;
    if (!init || says(s, "Initialized")) {
        r->ret->restarts = sidecars;
        reason = running(r, reason);
    }
    if (r->pod->metadata && r->pod->metadata->deletion_timestamp) {
        if (KC_STREQ(given, "NodeLost"))
            return "Unknown";
        if (!KC_STREQ(phase, "Succeeded") && !KC_STREQ(phase, "Failed"))
            return "Terminating";
    }
    return reason;
}

void kc_read_pod(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    static const Pb__PodStatus none = PB__POD_STATUS__INIT;
    const Pb__Pod *pod = (const Pb__Pod *)m;
    const struct reading r = {a, pod, pod->status ? pod->status : &none, ret};

    ret->ready = 0;
    ret->status = state_of(&r);
    ret->node = pod->spec ? pod->spec->node_name : NULL;
    kc_read_containers(a, pod->spec, ret);
}
