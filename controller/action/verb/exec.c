/* kubectl exec: one command in one container, without terminal or input: the WebSocket that kubectl opens (KEP-4006,
 * kubectl 1.31 and newer). */
#include "controller/action/kubectl.h"
#include "controller/action/pod_choice.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"
#include "controller/base/labels.h"

#define PODS "500" /* of a workload, to choose from */

enum { CONTAINER, TIMEOUT };

static const struct kc_flag flags[] = {
    [CONTAINER] = {.name = "container", .letter = 'c', .kind = KC_FLAG_STRING},
    [TIMEOUT] = {.name = "request-timeout", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *timeout = given(act, TIMEOUT);
    int64_t ms;

    (void)a;
    if (timeout &&
        (!kc_duration_parse(timeout, &ms, NULL) || ms < KC_SECOND_MS || ms > KC_RUN_MAX_MINUTES * KC_MINUTE_MS))
        return kc_fail(err, KC_INVALID, "BadFlag", "--request-timeout=%.40s: expected a duration from 1s to %dm",
                       timeout, KC_RUN_MAX_MINUTES);
    if (!*act->operands.v[0])
        return kc_fail(err, KC_INVALID, "BadOperand", "kubectl exec: the command's first word is empty");
    return true;
}

/* The target, and for a workload the pods that it selects. */
static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    struct kc_target pods = {"", "v1", "Pod", "pods", act->target.ns, ""};
    KC_BUF_SCOPE query = {0};

    if (!*act->target.name)
        return false;
    if (so_far->n == 0) {
        *ret = kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, NULL);
        return true;
    }
    const char *selector = kc_is_pod(&act->target) ? NULL : kc_selector_text(a, so_far->v[0].json);
    if (so_far->n > 1 || !selector)
        return false;
    kc_query_add(&query, "limit", PODS);
    kc_query_add(&query, "labelSelector", selector);
    *ret = kc_read_request(a, kc_target_path(a, &pods, NULL), &query, NULL);
    return true;
}

static bool settle(struct kc_arena *a, struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    size_t n = 0;
    const json_t *answer = seen->n ? seen->v[kc_is_pod(&act->target) ? 0 : seen->n - 1].json : NULL;
    bool listed = kc_is_pod(&act->target) || seen->n > 1;
    const json_t **pods = listed ? kc_pods_by_choice(a, answer, KC_POD_TO_ENTER, &n) : NULL;
    const char **values = kc_flags_copy(a, act);

    if (!n)
        return kc_fail(err, KC_INVALID, "NoPods", "%s has no pod to run a command in", kc_target_show(a, &act->target));
    act->target = (struct kc_target){.group = "",
                                     .version = "v1",
                                     .kind = "Pod",
                                     .resource = "pods",
                                     .ns = act->target.ns,
                                     .name = kc_arena_strdup(a, kc_or(kc_json_str(pods[0], "metadata.name"), ""))};
    if (!values[CONTAINER])
        values[CONTAINER] = kc_arena_strdup(a, kc_pod_default_container(pods[0]));
    act->flags = values;
    return true;
}

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const json_t *pod = seen->n ? seen->v[0].json : NULL;
    const char *container = kc_or(given(act, CONTAINER), ""), *phase = kc_or(kc_json_str(pod, "status.phase"), "");
    const char *why, *state = kc_pod_container_state(pod, container, &why);

    if (KC_STREQ(phase, "Succeeded") || KC_STREQ(phase, "Failed"))
        return kc_fail(err, KC_INVALID, "PodEnded", "%s has ended (%s): nothing can be run in it",
                       kc_target_show(a, &act->target), phase);
    if (kc_json_at(pod, "metadata.deletionTimestamp"))
        return kc_fail(err, KC_INVALID, "PodEnded", "%s is being deleted", kc_target_show(a, &act->target));
    if (!kc_pod_has_container(pod, container))
        return kc_fail(err, KC_INVALID, "NoSuchContainer", "container %.64s is not in %s: there %s %s", container,
                       kc_target_show(a, &act->target),
                       json_array_size(kc_json_at(pod, "spec.containers")) > 1 ? "are" : "is",
                       kc_pod_container_names(a, pod));
    if (!KC_STREQ(kc_or(state, ""), "running"))
        return kc_fail(err, KC_INVALID, "ContainerNotRunning", "container %.64s of %s is not running: it is %s%s%s",
                       container, kc_target_show(a, &act->target), kc_or(state, "not started yet"), *why ? ": " : "",
                       why);
    return true;
}

/* As kubectl's url.Values gives it: sorted, without what is false. */
static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_BUF_SCOPE query = {0};

    (void)seen, (void)err;
    for (size_t i = 0; i < act->operands.n; i++)
        kc_query_add(&query, "command", act->operands.v[i]);
    kc_query_add(&query, "container", given(act, CONTAINER));
    kc_query_add(&query, "stderr", "true");
    kc_query_add(&query, "stdout", "true");
    *ret = kc_read_request(a, kc_target_path(a, &act->target, "exec"), &query, NULL);
    return true;
}

int64_t kc_run_timeout_ms(const struct kc_action *act)
{
    const char *timeout = kc_action_flag(act, "request-timeout");
    int64_t ms;

    return timeout && kc_duration_parse(timeout, &ms, NULL) ? ms : KC_MINUTE_MS;
}

const struct kc_verb kc_verb_exec = {
    .name = "exec",
    .deed = KC_DEED_RUN,
    .effect = KC_DESTRUCTIVE,
    .shape = KC_SHAPE_POD,
    .type = "pods",
    .applies = kc_has_pods,
    .participle = "entered",
    .flags = flags,
    .operands = "-- COMMAND [ARGS...]",
    .takes_command = KC_MUST_COMMAND,
    .validate = validate,
    .look = look,
    .settle = settle,
    .check = check,
    .change = change,
    .rbac_verb = "create",
    .rbac_subresource = "exec",
};
