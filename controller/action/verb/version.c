/* kubectl version, cluster-info: which server this is. The client's own lines have no meaning here and are left out. */
#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/show/show.h"

enum { OUTPUT };

static const struct kc_flag flags[] = {
    [OUTPUT] = {.name = "output", .letter = 'o', .kind = KC_FLAG_STRING, .one_of = "|json|yaml|"},
    {.name = NULL},
};
static const struct kc_flag no_flags[] = {{.name = NULL}};

static bool look_version(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                         struct kc_api_request *ret)
{
    KC_BUF_SCOPE none = {0};

    (void)act;
    *ret = kc_read_request(a, "/version", &none, NULL);
    return so_far->n == 0;
}

static bool show_version(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                         struct kc_buf *out, struct kc_err *err)
{
    const char *output = kc_action_flag(act, "output");
    KC_JSON_SCOPE *all = json_pack("{s:O}", "serverVersion", seen->v[0].json);

    (void)a;
    if (output && KC_STREQ(output, "yaml"))
        return kc_show_yaml(all, out, err);
    if (output) {
        kc_show_json(all, out);
        return true;
    }
    kc_buf_puts(out, "Server Version: ");
    kc_show_cell(out, kc_or(kc_json_str(seen->v[0].json, "gitVersion"), ""));
    kc_buf_putc(out, '\n');
    return true;
}

static const char *version_summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    (void)act;
    return kc_arena_printf(a, "Kubernetes %s",
                           kc_read_clip(a, kc_or(kc_json_str(seen->v[0].json, "gitVersion"), ""), 40));
}

const struct kc_verb kc_verb_version = {
    .name = "version",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_NONE,
    .flags = flags,
    .look = look_version,
    .show = show_version,
    .summary = version_summary,
};

enum { ADDRESS, SERVICES, LOOKS };

static bool look_info(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                      struct kc_api_request *ret)
{
    KC_BUF_SCOPE query = {0};

    (void)act;
    if (so_far->n == SERVICES)
        kc_query_add(&query, "labelSelector", "kubernetes.io/cluster-service=true");
    *ret = kc_read_request(a, so_far->n == ADDRESS ? "/api" : "/api/v1/namespaces/kube-system/services", &query, NULL);
    return so_far->n < LOOKS;
}

/* Where the API server says that it is reached: which way the person who asks takes, nobody here knows. */
static const char *host(struct kc_arena *a, const struct kc_looked *seen)
{
    const json_t *first = json_array_get(json_object_get(seen->v[ADDRESS].json, "serverAddressByClientCIDRs"), 0);

    return kc_arena_printf(a, "https://%s", kc_read_clip(a, kc_or(kc_json_str(first, "serverAddress"), "?"), 100));
}

static void put_ingress(struct kc_buf *out, const json_t *service, const json_t *ingress)
{
    size_t i;
    json_t *port;

    json_array_foreach(kc_json_at(service, "spec.ports"), i, port)
    {
        kc_buf_puts(out, "http://");
        kc_show_cell(out, kc_or(kc_json_str(ingress, "ip"), kc_or(kc_json_str(ingress, "hostname"), "")));
        kc_buf_printf(out, ":%lld ", (long long)kc_json_int(port, "port", 0));
    }
}

/* The path through the API server's proxy: scheme, name and port of the service. */
static void put_proxy(struct kc_buf *out, const json_t *service, const char *at)
{
    const json_t *port = json_array_get(kc_json_at(service, "spec.ports"), 0);
    const char *port_name = kc_or(kc_json_str(port, "name"), "");
    bool https = KC_STREQ(port_name, "https") || kc_json_int(port, "port", 0) == 443;

    kc_buf_printf(out, "%s/api/v1/namespaces/", at);
    kc_show_cell(out, kc_or(kc_json_str(service, "metadata.namespace"), ""));
    kc_buf_puts(out, https ? "/services/https:" : "/services/");
    kc_show_cell(out, kc_or(kc_json_str(service, "metadata.name"), ""));
    if (https || *port_name)
        kc_buf_putc(out, ':');
    kc_show_cell(out, port_name);
    kc_buf_puts(out, "/proxy");
}

static bool show_info(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                      struct kc_err *err)
{
    const char *at = host(a, seen);
    size_t i;
    json_t *service;

    (void)act, (void)err;
    kc_buf_printf(out, "Kubernetes control plane is running at %s\n", at);
    json_array_foreach(json_object_get(seen->v[SERVICES].json, "items"), i, service)
    {
        const json_t *ingress = json_array_get(kc_json_at(service, "status.loadBalancer.ingress"), 0);
        const char *name = kc_json_map_get(service, "metadata.labels", "kubernetes.io/name");
        kc_show_cell(out, kc_or(name, kc_or(kc_json_str(service, "metadata.name"), "")));
        kc_buf_puts(out, " is running at ");
        if (ingress)
            put_ingress(out, service, ingress);
        else
            put_proxy(out, service, at);
        kc_buf_putc(out, '\n');
    }
    return true;
}

static const char *info_summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    size_t n = json_array_size(json_object_get(seen->v[SERVICES].json, "items"));

    (void)act;
    return kc_arena_printf(a, "control plane at %s, %zu service%s", host(a, seen), n, n == 1 ? "" : "s");
}

const struct kc_verb kc_verb_cluster_info = {
    .name = "cluster-info",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_NONE,
    .flags = no_flags,
    .look = look_info,
    .show = show_info,
    .summary = info_summary,
};
