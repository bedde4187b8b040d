/* kubectl top: what pods and nodes use, by the metrics API (metrics.k8s.io/v1beta1). */
#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/show/show.h"

enum { SELECTOR, ALL_NAMESPACES, CONTAINERS, SORT_BY };
enum { METRICS, NODES };

static const struct kc_flag flags[] = {
    [SELECTOR] = {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    [CONTAINERS] = {.name = "containers", .kind = KC_FLAG_BOOL},
    [SORT_BY] = {.name = "sort-by", .kind = KC_FLAG_STRING, .one_of = "|cpu|memory|"},
    {.name = NULL},
};

static bool is_node(const struct kc_target *t)
{
    return KC_STREQ(t->resource, "nodes");
}

static bool applies(const struct kc_mapping *m)
{
    return !*kc_or(m->group, "") && (KC_STREQ(m->resource, "pods") || KC_STREQ(m->resource, "nodes"));
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    if (is_node(&act->target) && (kc_action_flag(act, "containers") || kc_action_flag(act, "all-namespaces")))
        return kc_fail(err, KC_INVALID, "BadFlag", "--containers and --all-namespaces are for kubectl top pod");
    return kc_read_check_selector(act, err);
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    struct kc_target t = act->target;
    KC_BUF_SCOPE query = {0};

    if (so_far->n > (is_node(&t) ? NODES : METRICS) || (so_far->n && !so_far->v[METRICS].json))
        return false;
    if (!*t.name)
        kc_query_add(&query, "labelSelector", kc_action_flag(act, "selector"));
    if (so_far->n == METRICS) {
        t.group = "metrics.k8s.io";
        t.version = "v1beta1";
    }
    *ret = kc_read_request(a, kc_target_path(a, &t, NULL), &query, NULL);
    return true;
}

/* Without a metrics server the group is unknown (404), and no role names it (403); with a broken one nobody answers for
 * it (503). */
static bool tolerates(const struct kc_looked *so_far, int http_status)
{
    return so_far->n == METRICS && (http_status == 403 || http_status == 404 || http_status == 503);
}

static bool no_metrics(const struct kc_action *act, const struct kc_answer *metrics, struct kc_err *err)
{
    kc_fail(
        err, metrics->status == 403 ? KC_FORBIDDEN : KC_INVALID, "NoMetrics",
        "%s (kubectl top %s reads metrics.k8s.io: a metrics server has to run in the cluster, which brings the roles "
        "too; a new pod has no metrics before its first measurement)",
        kc_or(metrics->text, "not found"), act->target.resource);
    if (err)
        err->http_status = metrics->status;
    return false;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    struct kc_top_style style = {.with_namespace = kc_action_flag(act, "all-namespaces") != NULL,
                                 .containers = kc_action_flag(act, "containers") != NULL,
                                 .sort_by = kc_action_flag(act, "sort-by")};
    const struct kc_answer *metrics = &seen->v[METRICS];
    size_t before = out->len;

    if (!metrics->json)
        return no_metrics(act, metrics, err);
    if (is_node(&act->target))
        kc_show_top_nodes(a, metrics->json, seen->v[NODES].json, &style, out);
    else
        kc_show_top_pods(a, metrics->json, &style, out);
    if (out->len == before)
        kc_buf_printf(out, "No resources found%s%s%s\n", *act->target.ns ? " in " : "", act->target.ns,
                      *act->target.ns ? " namespace." : "");
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    const json_t *items = json_object_get(seen->v[METRICS].json, "items");
    size_t n = items ? json_array_size(items) : 1;

    return kc_arena_printf(a, "use of %zu %s", n, n == 1 ? kc_read_singular(a, &act->target) : act->target.resource);
}

const struct kc_verb kc_verb_top = {
    .name = "top",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_TYPED,
    .name_apart = true,
    .applies = applies,
    .participle = "measured",
    .flags = flags,
    .validate = validate,
    .look = look,
    .tolerates = tolerates,
    .show = show,
    .summary = summary,
};
