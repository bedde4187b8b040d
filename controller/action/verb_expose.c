/* kubectl expose: a Service in front of what has pods, or of another Service. The port is always stated here. */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

#define MAX_PORT 65535

static const struct kc_flag flags[] = {
    {.name = "port", .kind = KC_FLAG_INT, .required = true, .min = 1, .max = MAX_PORT},
    {.name = "target-port", .kind = KC_FLAG_STRING},
    {.name = "protocol", .kind = KC_FLAG_STRING, .dflt = "TCP", .one_of = "|TCP|UDP|SCTP|"},
    {.name = "type", .kind = KC_FLAG_STRING, .dflt = "ClusterIP", .one_of = "|ClusterIP|NodePort|LoadBalancer|"},
    {.name = "name", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

static const struct {
    const char *group, *kind, *selector;
} kinds[] = {
    {"", "Pod", "metadata.labels"},
    {"", "Service", "spec.selector"},
    {"", "ReplicationController", "spec.selector"},
    {"apps", "Deployment", "spec.selector.matchLabels"},
    {"apps", "ReplicaSet", "spec.selector.matchLabels"},
};

static const char *selector_of(const char *group, const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (KC_STREQ(kinds[i].kind, kind) && KC_STREQ(kinds[i].group, kc_or(group, "")))
            return kinds[i].selector;
    return NULL;
}

static bool applies(const struct kc_mapping *m)
{
    return selector_of(m->group, m->kind) != NULL;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *name = kc_or(kc_action_flag(act, "name"), act->target.name), *to = kc_action_flag(act, "target-port");
    int64_t n;
    (void)a;
    if (*name && !kc_dns_label_valid(name))
        return kc_fail(err, KC_INVALID, "BadFlag", "--name=%.64s: not a name for a new Service", name);
    /* A name of a container's port is at most 15 characters. */
    if (to && !kc_parse_int(to, 1, MAX_PORT, &n) && (!kc_dns_label_valid(to) || strlen(to) > 15))
        return kc_fail(err, KC_INVALID, "BadFlag", "--target-port=%.64s: expected a port or its name", to);
    return true;
}

static struct kc_target object(const struct kc_action *act)
{
    return (struct kc_target){.group = "",
                              .version = "v1",
                              .kind = "Service",
                              .resource = "services",
                              .ns = act->target.ns,
                              .name = kc_or(kc_action_flag(act, "name"), act->target.name)};
}

static json_t *port_of(const struct kc_action *act)
{
    const char *to = kc_action_flag(act, "target-port");
    int64_t port = kc_action_int(act, "port", 0), n = port;
    json_t *target = to && !kc_parse_int(to, 1, MAX_PORT, &n) ? json_string(to) : json_integer(n);
    return json_pack("{s:s, s:I, s:o}", "protocol", kc_or(kc_action_flag(act, "protocol"), "TCP"), "port",
                     (json_int_t)port, "targetPort", target);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const json_t *o = kc_seen_object(seen);
    const char *path = selector_of(act->target.group, act->target.kind), *type = kc_action_flag(act, "type");
    json_t *selector = path ? kc_json_at(o, path) : NULL, *labels = kc_json_at(o, "metadata.labels");
    if (!json_object_size(selector) || json_array_size(kc_json_at(o, "spec.selector.matchExpressions")))
        return kc_fail(err, KC_INVALID, "NoSelector",
                       "%s cannot be exposed: a Service selects pods by labels alone, and "
                       "it %s",
                       kc_target_show(a, &act->target),
                       json_object_size(selector) ? "selects them by expressions" : "has none to select by");
    json_t *body = json_pack("{s:{s:[o], s:o}}", "spec", "ports", port_of(act), "selector", json_deep_copy(selector));
    if (type)
        json_object_set_new(json_object_get(body, "spec"), "type", json_string(type));
    if (json_object_size(labels))
        json_object_set_new(body, "metadata", json_pack("{s:o}", "labels", json_deep_copy(labels)));
    *ret = kc_create_object(a, act, KC_FIELD_MANAGER, body);
    return true;
}

const struct kc_verb kc_verb_expose = {
    .name = "expose",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .applies = applies,
    .participle = "exposed",
    .flags = flags,
    .validate = validate,
    .object = object,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "create",
    .undo = kc_undo_create,
};
