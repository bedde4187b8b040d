/* kubectl logs: the newest lines of containers: of a pod, of the best pod of a workload, of all that a selector finds.
 */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/logs.h"
#include "controller/action/pod_choice.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"
#include "controller/base/labels.h"

/* Lines of a container when the command does not say: kubectl's own default is all of them. */
#define LINES         "500"
#define LINES_OF_MANY "50"
#define BYTES         "4194304" /* that the API server sends of one container at most */
#define PODS          "100"

enum { CONTAINER, ALL_CONTAINERS, PREVIOUS, TAIL, SINCE, SELECTOR, PREFIX, TIMESTAMPS, SINCE_TIME, FOLLOW };

static const struct kc_flag flags[] = {
    [CONTAINER] = {.name = "container", .letter = 'c', .kind = KC_FLAG_STRING},
    [ALL_CONTAINERS] = {.name = "all-containers", .kind = KC_FLAG_BOOL},
    [PREVIOUS] = {.name = "previous", .letter = 'p', .kind = KC_FLAG_BOOL},
    [TAIL] = {.name = "tail", .kind = KC_FLAG_INT, .min = 1, .max = 100000},
    [SINCE] = {.name = "since", .kind = KC_FLAG_STRING},
    [SELECTOR] = {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    [PREFIX] = {.name = "prefix", .kind = KC_FLAG_BOOL},
    [TIMESTAMPS] = {.name = "timestamps", .kind = KC_FLAG_BOOL},
    [SINCE_TIME] = {.name = "since-time", .kind = KC_FLAG_STRING},
    [FOLLOW] = {.name = "follow", .letter = 'f', .kind = KC_FLAG_BOOL}, /* to be refused with a reason */
    {.name = NULL},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

/* The number of lines becomes part of the command, so that pasting it gives what was shown. */
static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *since = given(act, SINCE);
    const char **values = kc_flags_copy(a, act);
    int64_t ms;

    if (since && (!kc_duration_parse(since, &ms, NULL) || ms < KC_SECOND_MS))
        return kc_fail(err, KC_INVALID, "BadFlag", "--since=%.40s: expected a duration of a second or more: 5m, 1h30m",
                       since);
    if (given(act, FOLLOW))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--follow: a command is answered once; asking again shows what is new");
    if (given(act, SINCE_TIME) && !kc_time_parse(given(act, SINCE_TIME), &ms, NULL))
        return kc_fail(err, KC_INVALID, "BadFlag", "--since-time=%.40s: expected a time like 2026-11-23T10:00:00Z",
                       given(act, SINCE_TIME));
    if (since && given(act, SINCE_TIME))
        return kc_fail(err, KC_INVALID, "BadFlag", "--since and --since-time: one or the other");
    if (*act->target.kind && !*act->target.name && !given(act, SELECTOR))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl logs: the name is missing: write kubectl logs NAME");
    if (given(act, CONTAINER) && given(act, ALL_CONTAINERS))
        return kc_fail(err, KC_INVALID, "BadFlag", "--container and --all-containers: one or the other");
    if (!values[TAIL])
        values[TAIL] = given(act, SELECTOR) ? LINES_OF_MANY : LINES;
    act->flags = values;
    return kc_read_check_selector(act, err);
}

/* Looks before the logs: the target, and for a workload its pods. */
static size_t looks_before(const struct kc_action *act)
{
    return *act->target.name && !kc_is_pod(&act->target) ? 2 : 1;
}

static struct kc_api_request pods_request(struct kc_arena *a, const struct kc_action *act, const char *selector)
{
    struct kc_target pods = {"", "v1", "Pod", "pods", act->target.ns, ""};
    KC_BUF_SCOPE query = {0};

    kc_query_add(&query, "limit", PODS);
    kc_query_add(&query, "labelSelector", selector);
    return kc_read_request(a, kc_target_path(a, &pods, NULL), &query, NULL);
}

static struct kc_log_choice choice_of(const struct kc_action *act)
{
    return (struct kc_log_choice){.container = given(act, CONTAINER),
                                  .all_containers = given(act, ALL_CONTAINERS) != NULL,
                                  .all_pods = !*act->target.name};
}

static struct kc_api_request log_request(struct kc_arena *a, const struct kc_action *act, const struct kc_log_source *s)
{
    struct kc_target pod = {"", "v1", "Pod", "pods", act->target.ns, s->pod};
    KC_BUF_SCOPE query = {0};
    int64_t since;

    kc_query_add(&query, "container", s->container);
    kc_query_add(&query, "tailLines", given(act, TAIL));
    kc_query_add(&query, "limitBytes", BYTES);
    kc_query_add(&query, "previous", given(act, PREVIOUS));
    kc_query_add(&query, "timestamps", given(act, TIMESTAMPS));
    if (given(act, SINCE) && kc_duration_parse(given(act, SINCE), &since, NULL))
        kc_query_add(&query, "sinceSeconds", kc_arena_printf(a, "%lld", (long long)(since / KC_SECOND_MS)));
    kc_query_add(&query, "sinceTime", given(act, SINCE_TIME));
    return kc_read_request(a, kc_target_path(a, &pod, "log"), &query, "*/*");
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    KC_BUF_SCOPE none = {0};
    size_t before = looks_before(act);
    struct kc_log_choice choice = choice_of(act);

    if (so_far->n == 0) {
        *ret = *act->target.name ? kc_read_request(a, kc_target_path(a, &act->target, NULL), &none, NULL)
                                 : pods_request(a, act, given(act, SELECTOR));
        return true;
    }
    if (so_far->n < before) {
        const char *selector = kc_selector_text(a, so_far->v[0].json);
        *ret = pods_request(a, act, selector);
        return selector != NULL;
    }
    struct kc_log_sources sources = kc_log_sources_of(a, so_far->v[before - 1].json, &choice);
    if (so_far->n - before >= sources.n)
        return false;
    *ret = log_request(a, act, &sources.v[so_far->n - before]);
    return true;
}

/* A container that waits has no log yet; why it waits is what there is to know. */
static bool tolerates(const struct kc_looked *so_far, int http_status)
{
    return so_far->n > 0 && http_status == 400;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    size_t before = looks_before(act);
    struct kc_log_choice choice = choice_of(act);

    if (seen->n < before)
        return kc_fail(err, KC_INVALID, "NoPods", "%s selects no pods: name one", kc_target_show(a, &act->target));
    struct kc_log_sources sources = kc_log_sources_of(a, seen->v[before - 1].json, &choice);
    if (choice.container && !sources.n && sources.pods)
        return kc_fail(err, KC_INVALID, "NoSuchContainer", "container %.64s is not in %s: there %s %s",
                       choice.container, kc_or(sources.first_pod, ""), strchr(sources.known, ',') ? "are" : "is",
                       sources.known);
    if (!sources.pods) {
        kc_buf_printf(out, "No resources found in %s namespace.\n", act->target.ns);
        return true;
    }
    kc_show_logs(&sources, seen->v + before, seen->n - before, given(act, PREFIX) != NULL, out);
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    size_t before = looks_before(act), containers = seen->n > before ? seen->n - before : 0;
    size_t lines = 0;

    for (size_t i = before; i < seen->n; i++)
        for (const char *p = seen->v[i].status == 200 ? seen->v[i].text : ""; *p;
             p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n'))
            lines++;
    return kc_arena_printf(a, "%zu line%s of %zu container%s", lines, lines == 1 ? "" : "s", containers,
                           containers == 1 ? "" : "s");
}

const struct kc_verb kc_verb_logs = {
    .name = "logs",
    .aliases = "|log|",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_POD,
    .type = "pods",
    .applies = kc_has_pods,
    .participle = "asked for logs",
    .flags = flags,
    .validate = validate,
    .look = look,
    .tolerates = tolerates,
    .show = show,
    .summary = summary,
};
