/* kubectl expose: a Service in front of what has pods, or of another Service. */
#include <ctype.h>
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

#define MAX_PORT  65535
#define MAX_PORTS 32

static const struct kc_flag flags[] = {
    {.name = "port", .kind = KC_FLAG_INT, .min = 1, .max = MAX_PORT},
    {.name = "target-port", .kind = KC_FLAG_STRING},
    {.name = "protocol", .kind = KC_FLAG_STRING, .one_of = "|TCP|UDP|SCTP|"},
    {.name = "type", .kind = KC_FLAG_STRING, .one_of = "|ClusterIP|NodePort|LoadBalancer|"},
    {.name = "name", .kind = KC_FLAG_STRING},
    {.name = "selector", .kind = KC_FLAG_STRING},
    {.name = "labels", .letter = 'l', .kind = KC_FLAG_STRING},
    {.name = "cluster-ip", .kind = KC_FLAG_STRING},
    {.name = "external-ip", .kind = KC_FLAG_STRING},
    {.name = "load-balancer-ip", .kind = KC_FLAG_STRING},
    {.name = "session-affinity", .kind = KC_FLAG_STRING, .one_of = "|ClientIP|None|"},
    {.name = NULL},
};

static const struct row {
    const char *group, *kind, *selector, *ports; /* ports: where containers are, or the Service's own */
} kinds[] = {
    {"", "Pod", "metadata.labels", "spec.containers"},
    {"", "Service", "spec.selector", NULL},
    {"", "ReplicationController", "spec.selector", "spec.template.spec.containers"},
    {"apps", "Deployment", "spec.selector.matchLabels", "spec.template.spec.containers"},
    {"apps", "ReplicaSet", "spec.selector.matchLabels", "spec.template.spec.containers"},
};

static const struct row *row_of(const char *group, const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (KC_STREQ(kinds[i].kind, kind) && KC_STREQ(kinds[i].group, kc_or(group, "")))
            return &kinds[i];
    return NULL;
}

static bool applies(const struct kc_mapping *m)
{
    return row_of(m->group, m->kind) != NULL;
}

/* KEY=VALUE,KEY=VALUE as kubectl's parseLabels reads it; NULL with INVALID. */
static json_t *labels_of(struct kc_arena *a, const struct kc_action *act, const char *flag, struct kc_err *err)
{
    json_t *out = json_object();
    struct kc_strs all = kc_action_list(a, act, flag, true);
    for (size_t i = 0; i < all.n; i++) {
        const char *value = "", *key = kc_split_pair(a, all.v[i], &value);
        if (!key || strchr(value, '=')) {
            json_decref(out);
            kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: expected LABEL=VALUE, with commas between", flag,
                    all.v[i]);
            return NULL;
        }
        json_object_set_new(out, key, json_string(value));
    }
    return out;
}

static bool address_valid(const struct kc_action *act, const char *flag, struct kc_err *err)
{
    const char *ip = kc_action_flag(act, flag);
    return !ip || !ip[strspn(ip, "0123456789abcdefABCDEF.:")] ||
           kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: not an address", flag, ip);
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *name = kc_or(kc_action_flag(act, "name"), act->target.name), *to = kc_action_flag(act, "target-port");
    const char *ip = kc_action_flag(act, "cluster-ip"), *type = kc_or(kc_action_flag(act, "type"), "");
    KC_JSON_SCOPE *selector = labels_of(a, act, "selector", err);
    KC_JSON_SCOPE *labels = selector ? labels_of(a, act, "labels", err) : NULL;
    if (!labels)
        return false;
    if (*name && !kc_dns_label_valid(name))
        return kc_fail(err, KC_INVALID, "BadFlag", "--name=%.64s: not a name for a new Service", name);
    if (to && !kc_port_valid(to))
        return kc_fail(err, KC_INVALID, "BadFlag", "--target-port=%.64s: expected a port or its name", to);
    if (kc_action_flag(act, "load-balancer-ip") && !KC_STREQ(type, "LoadBalancer"))
        return kc_fail(err, KC_INVALID, "BadFlag", "--load-balancer-ip: only with --type=LoadBalancer");
    return ((ip && KC_STREQ(ip, "None")) || address_valid(act, "cluster-ip", err)) &&
           address_valid(act, "external-ip", err) && address_valid(act, "load-balancer-ip", err);
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

/* The protocols of one port, in the order in which they are written. */
struct port {
    int64_t number;
    const char *protocols[3];
    size_t n;
};

static void note_port(struct port *ports, size_t *n, const json_t *row, const char *member)
{
    int64_t number = kc_json_int(row, member, 0);
    const char *protocol = kc_or(kc_json_str(row, "protocol"), "TCP");
    size_t i = 0;
    while (i < *n && ports[i].number != number)
        i++;
    if (i == MAX_PORTS)
        return;
    if (i == *n)
        ports[(*n)++] = (struct port){.number = number};
    for (size_t j = 0; j < ports[i].n; j++)
        if (KC_STREQ(ports[i].protocols[j], protocol))
            return;
    if (ports[i].n < sizeof ports->protocols / sizeof *ports->protocols)
        ports[i].protocols[ports[i].n++] = protocol;
}

/* What the object says that it listens on. */
static size_t ports_of(const struct kc_action *act, const json_t *o, struct port ports[MAX_PORTS])
{
    const struct row *row = row_of(act->target.group, act->target.kind);
    const json_t *containers = row && row->ports ? kc_json_at(o, row->ports) : NULL, *v;
    size_t n = 0, i, j;
    json_array_foreach(row && !row->ports ? kc_json_at(o, "spec.ports") : NULL, i, v) note_port(ports, &n, v, "port");
    for (i = 0; i < json_array_size(containers); i++)
        json_array_foreach(kc_json_at(json_array_get(containers, i), "ports"), j, v)
            note_port(ports, &n, v, "containerPort");
    return n;
}

static void add_port(const struct kc_action *act, json_t *to, const char *name, int64_t number, const char *protocol)
{
    const char *target = kc_action_flag(act, "target-port");
    json_t *row = json_pack("{s:s, s:I, s:o}", "protocol", protocol, "port", (json_int_t)number, "targetPort",
                            target ? kc_port_json(target) : json_integer(number));
    if (name)
        json_object_set_new(row, "name", json_string(name));
    json_array_append_new(to, row);
}

/* kubectl's names and protocols: port-1, port-2, ... where there are several; port-1-udp where one has several
 * protocols. */
static json_t *service_ports(struct kc_arena *a, const struct kc_action *act, const json_t *o)
{
    struct port known[MAX_PORTS];
    size_t n = ports_of(act, o, known);
    int64_t only = kc_action_int(act, "port", 0);
    const char *protocol = kc_action_flag(act, "protocol");
    json_t *out = json_array();
    for (size_t i = 0, at = 0; i < n; i++) {
        if (only && known[i].number != only)
            continue;
        at++;
        const char *name = !only && n > 1 ? kc_arena_printf(a, "port-%zu", at) : NULL;
        if (protocol || known[i].n < 2)
            add_port(act, out, name, known[i].number, protocol ? protocol : known[i].protocols[0]);
        for (size_t j = 0; !protocol && known[i].n > 1 && j < known[i].n; j++) {
            char *each = kc_arena_printf(a, "port-%zu-%s", at, known[i].protocols[j]);
            for (char *p = each; *p; p++)
                *p = (char)tolower((unsigned char)*p);
            add_port(act, out, each, known[i].number, known[i].protocols[j]);
        }
    }
    if (only && !json_array_size(out))
        add_port(act, out, NULL, only, kc_or(protocol, "TCP"));
    return out;
}

static void put_flag(const struct kc_action *act, const char *flag, json_t *spec, const char *member)
{
    if (kc_action_flag(act, flag))
        json_object_set_new(spec, member, json_string(kc_action_flag(act, flag)));
}

/* By which labels the Service selects; NULL with INVALID. */
static json_t *selector_of(struct kc_arena *a, const struct kc_action *act, const json_t *o, struct kc_err *err)
{
    const struct row *row = row_of(act->target.group, act->target.kind);
    const json_t *selector = row ? kc_json_at(o, row->selector) : NULL;
    if (kc_action_flag(act, "selector"))
        return labels_of(a, act, "selector", err);
    if (json_object_size(selector) && !json_array_size(kc_json_at(o, "spec.selector.matchExpressions")))
        return json_deep_copy(selector);
    kc_fail(err, KC_INVALID, "NoSelector",
            "%s cannot be exposed: a Service selects pods by labels alone, and it %s: write --selector",
            kc_target_show(a, &act->target),
            json_object_size(selector) ? "selects them by expressions" : "has none to select by");
    return NULL;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const json_t *o = kc_seen_object(seen);
    const char *ip = kc_action_flag(act, "cluster-ip"), *external = kc_action_flag(act, "external-ip");
    KC_JSON_SCOPE *labels = kc_action_flag(act, "labels") ? labels_of(a, act, "labels", err)
                                                          : json_deep_copy(kc_json_at(o, "metadata.labels"));
    json_t *selector = selector_of(a, act, o, err);
    if (!selector)
        return false;
    json_t *ports = service_ports(a, act, o), *spec = json_pack("{s:o}", "selector", selector);
    bool any = json_array_size(ports) > 0;
    if (any)
        json_object_set(spec, "ports", ports);
    json_decref(ports);
    put_flag(act, "type", spec, "type");
    put_flag(act, "cluster-ip", spec, "clusterIP");
    put_flag(act, "load-balancer-ip", spec, "loadBalancerIP");
    put_flag(act, "session-affinity", spec, "sessionAffinity");
    if (external)
        json_object_set_new(spec, "externalIPs", json_pack("[s]", external));
    json_t *body = json_pack("{s:o}", "spec", spec);
    if (json_object_size(labels))
        json_object_set_new(body, "metadata", json_pack("{s:O}", "labels", labels));
    if (!any && !(ip && KC_STREQ(ip, "None"))) {
        json_decref(body);
        return kc_fail(err, KC_INVALID, "MissingFlag", "%s does not say what it listens on: write --port",
                       kc_target_show(a, &act->target));
    }
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
