/* kubectl create service clusterip, nodeport, loadbalancer and externalname. The service is in front of pods with the
 * label app=NAME, as kubectl makes it. */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

#define TCP                                                                                                            \
    {                                                                                                                  \
        .name = "tcp", .kind = KC_FLAG_LIST                                                                            \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

static const struct kc_flag clusterip_flags[] = {TCP, {.name = "clusterip", .kind = KC_FLAG_STRING}, END};
static const struct kc_flag nodeport_flags[] = {
    TCP, {.name = "node-port", .kind = KC_FLAG_INT, .dflt = "0", .min = 0, .max = 65535}, END};
static const struct kc_flag loadbalancer_flags[] = {TCP, END};
static const struct kc_flag externalname_flags[] = {
    TCP, {.name = "external-name", .kind = KC_FLAG_STRING, .required = true}, END};

static const char *type_of(const struct kc_action *act)
{
    static const struct {
        const struct kc_verb *verb;
        const char *type;
    } types[] = {
        {&kc_verb_create_service_clusterip, "ClusterIP"},
        {&kc_verb_create_service_nodeport, "NodePort"},
        {&kc_verb_create_service_loadbalancer, "LoadBalancer"},
        {&kc_verb_create_service_externalname, "ExternalName"},
    };
    size_t i = 0;
    while (types[i].verb != act->verb)
        i++;
    return types[i].type;
}

/* PORT or PORT:TARGET. */
static bool port_valid(struct kc_arena *a, const char *text)
{
    const char *port = kc_arena_strndup(a, text, strcspn(text, ":")), *to = strchr(text, ':');
    int64_t n;
    return kc_parse_int(port, 0, 65535, &n) && (!to || kc_port_valid(to + 1));
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *ip = kc_action_flag(act, "clusterip"), *name = kc_action_flag(act, "external-name");
    bool headless = ip && KC_STREQ(ip, "None");
    kc_flag_put(a, act, "tcp", kc_list_canonical(a, act, "tcp"));
    struct kc_strs ports = kc_action_list(a, act, "tcp", false);
    for (size_t i = 0; i < ports.n; i++)
        if (!port_valid(a, ports.v[i]))
            return kc_fail(err, KC_INVALID, "BadFlag", "--tcp=%.64s: expected PORT or PORT:TARGETPORT", ports.v[i]);
    if (!ports.n && !headless && !name)
        return kc_fail(err, KC_INVALID, "MissingFlag", "kubectl %s: --tcp is missing: PORT or PORT:TARGETPORT",
                       act->verb->name);
    if (ip && !headless && ip[strspn(ip, "0123456789abcdefABCDEF.:")])
        return kc_fail(err, KC_INVALID, "BadFlag", "--clusterip=%.64s: expected an address, or None", ip);
    if (name && !kc_dns_subdomain_valid(name))
        return kc_fail(err, KC_INVALID, "BadFlag", "--external-name=%.64s: not a host's name", name);
    return kc_new_label(act, err);
}

static json_t *ports_of(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_strs all = kc_action_list(a, act, "tcp", false);
    int64_t node = kc_action_int(act, "node-port", 0), number;
    json_t *ports = json_array();
    for (size_t i = 0; i < all.n; i++) {
        const char *to = strchr(all.v[i], ':');
        char *port = kc_arena_strndup(a, all.v[i], strcspn(all.v[i], ":")), *name = kc_arena_strdup(a, all.v[i]);
        if (!kc_parse_int(port, 0, 65535, &number))
            continue;
        if (to)
            name[to - all.v[i]] = '-';
        json_t *row = json_pack("{s:s, s:s, s:I, s:o}", "name", name, "protocol", "TCP", "port", (json_int_t)number,
                                "targetPort", to ? kc_port_json(to + 1) : json_integer(number));
        if (node)
            json_object_set_new(row, "nodePort", json_integer(node));
        json_array_append_new(ports, row);
    }
    return ports;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const char *ip = kc_action_flag(act, "clusterip"), *name = kc_action_flag(act, "external-name");
    json_t *labels = json_pack("{s:s}", "app", act->target.name), *ports = ports_of(a, act);
    json_t *spec = json_pack("{s:O, s:s}", "selector", labels, "type", type_of(act));
    (void)seen, (void)err;
    if (json_array_size(ports))
        json_object_set(spec, "ports", ports);
    json_decref(ports);
    if (ip)
        json_object_set_new(spec, "clusterIP", json_string(ip));
    if (name)
        json_object_set_new(spec, "externalName", json_string(name));
    *ret = kc_create_object(a, act, KC_STRICT, json_pack("{s:{s:o}, s:o}", "metadata", "labels", labels, "spec", spec));
    return true;
}

#define SERVICE(kind)                                                                                                  \
    const struct kc_verb kc_verb_create_service_##kind = {                                                             \
        KC_CREATES,         .name = "create service " #kind, .aliases = "|create svc " #kind "|",                      \
        .type = "services", .flags = kind##_flags,           .validate = validate,                                     \
        .change = change,                                                                                              \
    }

SERVICE(clusterip);
SERVICE(nodeport);
SERVICE(loadbalancer);
SERVICE(externalname);
