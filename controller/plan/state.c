/* States as words -> what kubectl's STATUS column says. */
#include <string.h>

#include "controller/plan/choose.h"

static bool is_kind(const struct kc_object *o, const char *kind)
{
    return KC_STREQ(o->mapping->kind, kind);
}

static bool is_done(const struct kc_object *o)
{
    return KC_STREQ(o->status, "Completed") || KC_STREQ(o->status, "Complete") || KC_STREQ(o->status, "Succeeded");
}

static bool is_ready(const struct kc_object *o)
{
    if (is_kind(o, "Pod"))
        return KC_STREQ(o->status, "Running") && o->ready >= (int32_t)o->n_containers;
    if (is_kind(o, "Node"))
        return KC_STREQ(o->status, "Ready");
    return o->ready >= 0 && o->ready >= o->replicas;
}

static bool not_running(const struct kc_object *o)
{
    if (is_kind(o, "Pod") || is_kind(o, "Job"))
        return !KC_STREQ(o->status, "Running");
    return o->ready == 0;
}

static bool running(const struct kc_object *o)
{
    return !not_running(o);
}

static bool not_ready(const struct kc_object *o)
{
    return !is_ready(o) && !is_done(o);
}

static bool crashing(const struct kc_object *o)
{
    return KC_STREQ(o->status, "CrashLoopBackOff") || KC_STREQ(o->status, "Init:CrashLoopBackOff");
}

static bool failed(const struct kc_object *o)
{
    static const char *const words[] = {
        "Failed", "Error", "Evicted", "OOMKilled", "DeadlineExceeded", "ContainerCannotRun", "NodeLost"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (KC_STREQ(o->status, words[i]))
            return true;
    return kc_str_starts(o->status, "Init:Error") || kc_str_starts(o->status, "ExitCode:");
}

static bool failing(const struct kc_object *o)
{
    return failed(o) || crashing(o);
}

static bool pending(const struct kc_object *o)
{
    return KC_STREQ(o->status, "Pending") || KC_STREQ(o->status, "ContainerCreating") ||
           KC_STREQ(o->status, "SchedulingGated");
}

static bool image_pull(const struct kc_object *o)
{
    return strstr(o->status, "ImagePull") || strstr(o->status, "ErrImage") || strstr(o->status, "InvalidImageName");
}

static bool restarted(const struct kc_object *o)
{
    return o->restarts > 0;
}

static bool cordoned(const struct kc_object *o)
{
    return o->unschedulable;
}

static bool paused(const struct kc_object *o)
{
    return o->paused;
}

static bool unhealthy(const struct kc_object *o)
{
    return is_kind(o, "Job") ? failed(o) : not_ready(o);
}

static const struct {
    const char *name;
    const char *status;                       /* the column says exactly this */
    bool (*holds)(const struct kc_object *o); /* else */
} states[KC_STATES] = {
    [KC_STATE_EVICTED] = {"Evicted", "Evicted", NULL},
    [KC_STATE_CRASHING] = {"crash looping", NULL, crashing},
    [KC_STATE_FAILED] = {"failed", NULL, failed},
    [KC_STATE_FAILING] = {"failing", NULL, failing},
    [KC_STATE_PENDING] = {"pending", NULL, pending},
    [KC_STATE_COMPLETED] = {"completed", NULL, is_done},
    [KC_STATE_RUNNING] = {"running", NULL, running},
    [KC_STATE_NOT_RUNNING] = {"not running", NULL, not_running},
    [KC_STATE_READY] = {"ready", NULL, is_ready},
    [KC_STATE_NOT_READY] = {"not ready", NULL, not_ready},
    [KC_STATE_TERMINATING] = {"Terminating", "Terminating", NULL},
    [KC_STATE_OOM] = {"OOMKilled", "OOMKilled", NULL},
    [KC_STATE_IMAGE_PULL] = {"without an image", NULL, image_pull},
    [KC_STATE_RESTARTED] = {"restarted", NULL, restarted},
    [KC_STATE_CORDONED] = {"cordoned", NULL, cordoned},
    [KC_STATE_PAUSED] = {"paused", NULL, paused},
    [KC_STATE_UNHEALTHY] = {"unhealthy", NULL, unhealthy},
};

bool kc_state_holds(enum kc_state state, const struct kc_object *o)
{
    return states[state].status ? KC_STREQ(o->status, states[state].status)
                                : states[state].holds && states[state].holds(o);
}

const char *kc_state_name(enum kc_state state)
{
    return kc_or(states[state].name, "");
}

bool kc_state_is_vague(enum kc_state state)
{
    return state == KC_STATE_UNHEALTHY;
}
