/* kubectl autoscale: a HorizontalPodAutoscaler (autoscaling/v2) for a workload, as kubectl 1.34 makes it. */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"
#include "controller/show/quantity.h"

static const struct kc_flag flags[] = {
    {.name = "min", .kind = KC_FLAG_INT, .min = 1, .max = INT32_MAX},
    {.name = "max", .kind = KC_FLAG_INT, .required = true, .min = 1, .max = INT32_MAX},
    {.name = "cpu-percent", .kind = KC_FLAG_INT, .min = 1, .max = INT32_MAX},
    {.name = "cpu", .kind = KC_FLAG_STRING},
    {.name = "memory", .kind = KC_FLAG_STRING},
    {.name = "name", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

/* What kubectl takes a number without unit for. */
static const struct measure {
    const char *flag, *resource, *unit;
} measures[] = {{"cpu", "cpu", "m"}, {"memory", "memory", "Mi"}};

static bool applies(const struct kc_mapping *m)
{
    return m->scalable;
}

static bool percent(const char *text, int64_t *ret)
{
    char digits[12];
    size_t len = strlen(text);
    if (len < 2 || len > sizeof digits || text[len - 1] != '%')
        return false;
    memcpy(digits, text, len - 1);
    digits[len - 1] = '\0';
    return kc_parse_int(digits, 1, INT32_MAX, ret);
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *name = kc_action_flag(act, "name");
    int64_t n, min = kc_action_int(act, "min", 1), max = kc_action_int(act, "max", 1);
    (void)a;
    if (min > max)
        return kc_fail(err, KC_INVALID, "BadFlag", "--min=%lld is more than --max=%lld", (long long)min,
                       (long long)max);
    if (name && !kc_dns_subdomain_valid(name))
        return kc_fail(err, KC_INVALID, "BadFlag", "--name=%.64s: not a name for a new object", name);
    if (kc_action_flag(act, "cpu") && kc_action_flag(act, "cpu-percent"))
        return kc_fail(err, KC_INVALID, "BadFlag", "--cpu and --cpu-percent: which one is meant?");
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        const char *value = kc_action_flag(act, measures[i].flag);
        if (value && !percent(value, &n) && !kc_quantity_valid(value))
            return kc_fail(err, KC_INVALID, "BadFlag",
                           "--%s=%.64s: expected a share of the request (70%%) or a quantity", measures[i].flag, value);
    }
    return true;
}

static struct kc_target object(const struct kc_action *act)
{
    return (struct kc_target){.group = "autoscaling",
                              .version = "v2",
                              .kind = "HorizontalPodAutoscaler",
                              .resource = "horizontalpodautoscalers",
                              .ns = act->target.ns,
                              .name = kc_or(kc_action_flag(act, "name"), act->target.name)};
}

static void add_metric(json_t *metrics, const char *resource, json_t *target)
{
    json_array_append_new(
        metrics, json_pack("{s:s, s:{s:s, s:o}}", "type", "Resource", "resource", "name", resource, "target", target));
}

static json_t *utilization(int64_t n)
{
    return json_pack("{s:s, s:I}", "type", "Utilization", "averageUtilization", (json_int_t)n);
}

static json_t *metrics_of(struct kc_arena *a, const struct kc_action *act)
{
    json_t *metrics = json_array();
    int64_t n = kc_action_int(act, "cpu-percent", 0);
    if (n)
        add_metric(metrics, "cpu", utilization(n));
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        const char *value = kc_action_flag(act, measures[i].flag);
        if (value && percent(value, &n))
            add_metric(metrics, measures[i].resource, utilization(n));
        else if (value)
            add_metric(metrics, measures[i].resource,
                       json_pack("{s:s, s:s}", "type", "AverageValue", "averageValue",
                                 value[strspn(value, "0123456789")]
                                     ? value
                                     : kc_arena_printf(a, "%s%s", value, measures[i].unit)));
    }
    return metrics;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    const char *version = *t->group ? kc_arena_printf(a, "%s/%s", t->group, t->version) : t->version;
    json_t *spec = json_pack("{s:{s:s, s:s, s:s}, s:I}", "scaleTargetRef", "apiVersion", version, "kind", t->kind,
                             "name", t->name, "maxReplicas", (json_int_t)kc_action_int(act, "max", 1));
    json_t *metrics = metrics_of(a, act), *body = json_object();
    (void)seen, (void)err;
    if (kc_action_flag(act, "min"))
        json_object_set_new(spec, "minReplicas", json_integer(kc_action_int(act, "min", 1)));
    if (json_array_size(metrics))
        json_object_set(spec, "metrics", metrics);
    json_decref(metrics);
    json_object_set_new(body, "spec", spec);
    *ret = kc_create_object(a, act, KC_FIELD_MANAGER, body);
    return true;
}

/* The workload keeps the number that the autoscaler gave it. */
static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    return kc_undo_create(a, act, seen, ret) == KC_REVERSIBLE ? KC_PARTIAL : KC_IRREVERSIBLE;
}

const struct kc_verb kc_verb_autoscale = {
    .name = "autoscale",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .applies = applies,
    .participle = "autoscaled",
    .flags = flags,
    .validate = validate,
    .object = object,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "create",
    .undo = undo,
};
