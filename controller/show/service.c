/* kubectl describe of Services and ConfigMaps. */
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/show/parts.h"

#define ENDPOINTS_SHOWN 3

static const char *joined(struct kc_arena *a, const json_t *list)
{
    KC_BUF_SCOPE out = {0};
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item) kc_buf_printf(&out, "%s%s", i ? "," : "", kc_or(json_string_value(item), ""));
    return out.len ? kc_arena_strdup(a, kc_buf_str(&out)) : "<none>";
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static struct kc_strs names_of(struct kc_arena *a, const json_t *object)
{
    struct kc_strs names = {.v = kc_arena_array(a, json_object_size(object) + 1, sizeof *names.v)};
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value) names.v[names.n++] = name;
    if (names.n)
        qsort(names.v, names.n, sizeof *names.v, by_name);
    return names;
}

static const char *selector(struct kc_arena *a, const json_t *map)
{
    const struct kc_strs names = names_of(a, map);
    KC_BUF_SCOPE out = {0};

    for (size_t i = 0; i < names.n; i++)
        kc_buf_printf(&out, "%s%s=%s", i ? "," : "", names.v[i],
                      kc_or(json_string_value(json_object_get(map, names.v[i])), ""));
    return names.n ? kc_arena_strdup(a, kc_buf_str(&out)) : "<none>";
}

/* "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 4 more..." */
struct endpoints {
    struct kc_buf text;
    size_t n;
};

static void add_endpoint(struct endpoints *to, const json_t *endpoint, const json_t *port)
{
    const char *address = json_string_value(json_array_get(json_object_get(endpoint, "addresses"), 0));

    if (!address || !kc_json_bool(endpoint, "conditions.ready", true))
        return;
    if (to->n++ >= ENDPOINTS_SHOWN)
        return;
    kc_buf_puts(&to->text, to->n > 1 ? "," : "");
    kc_buf_printf(&to->text, port && strchr(address, ':') ? "[%s]" : "%s", address);
    if (port)
        kc_buf_printf(&to->text, ":%lld", (long long)kc_json_int(port, "port", 0));
}

static void put_endpoints(const json_t *slices, const char *port_name, struct kc_buf *out)
{
    struct endpoints found = {0};
    size_t i, j, k;
    json_t *slice, *port, *endpoint;

    json_array_foreach(json_object_get(slices, "items"), i, slice)
    {
        const json_t *endpoints = json_object_get(slice, "endpoints"), *ports = json_object_get(slice, "ports");
        if (!json_array_size(ports))
            json_array_foreach(endpoints, k, endpoint) add_endpoint(&found, endpoint, NULL);
        json_array_foreach(ports, j, port)
        {
            if (!KC_STREQ(kc_or(kc_json_str(port, "name"), ""), port_name))
                continue;
            json_array_foreach(endpoints, k, endpoint) add_endpoint(&found, endpoint, port);
        }
    }
    if (found.n > ENDPOINTS_SHOWN)
        kc_buf_printf(&found.text, " + %zu more...", found.n - ENDPOINTS_SHOWN);
    bool none = !json_array_size(json_object_get(slices, "items"));
    kc_describe_field(out, 0, "Endpoints", none ? "<none>" : kc_buf_str(&found.text));
    kc_buf_finish(&found.text);
}

static void put_port(struct kc_arena *a, const json_t *port, const json_t *slices, struct kc_buf *out)
{
    const char *name = kc_or(kc_json_str(port, "name"), ""), *protocol = kc_or(kc_json_str(port, "protocol"), "");
    const char *target = kc_describe_scalar(a, json_object_get(port, "targetPort"));
    int64_t node_port = kc_json_int(port, "nodePort", 0);

    kc_buf_puts(out, "Port:\t");
    kc_show_cell(out, kc_or(name, "<unset>"));
    kc_buf_printf(out, "\t%lld/%s\n", (long long)kc_json_int(port, "port", 0), protocol);
    kc_describe_field(out, 0, "TargetPort", kc_arena_printf(a, "%s/%s", target, protocol));
    if (node_port) {
        kc_buf_puts(out, "NodePort:\t");
        kc_show_cell(out, kc_or(name, "<unset>"));
        kc_buf_printf(out, "\t%lld/%s\n", (long long)node_port, protocol);
    }
    put_endpoints(slices, name, out);
}

static const char *ingress(struct kc_arena *a, const json_t *service)
{
    KC_BUF_SCOPE out = {0};
    size_t i;
    json_t *v;

    json_array_foreach(kc_json_at(service, "status.loadBalancer.ingress"), i, v)
    {
        const char *ip = kc_json_str(v, "ip"), *mode = kc_json_str(v, "ipMode");
        kc_buf_printf(&out, "%s%s", i ? ", " : "", kc_or(ip, kc_or(kc_json_str(v, "hostname"), "")));
        if (ip && mode)
            kc_buf_printf(&out, " (%s)", mode);
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}

/* Fields that are only shown where they are. */
static const struct {
    const char *label, *path;
} before_ports[] = {{"Desired LoadBalancer IP", "spec.loadBalancerIP"}, {"External Name", "spec.externalName"}},
  after_ports[] = {{"External Traffic Policy", "spec.externalTrafficPolicy"},
                   {"Internal Traffic Policy", "spec.internalTrafficPolicy"},
                   {"HealthCheck NodePort", "spec.healthCheckNodePort"}};

static void put_if(struct kc_arena *a, const json_t *object, const char *label, const char *path, struct kc_buf *out)
{
    const json_t *v = kc_json_at(object, path);
    const char *text = json_is_array(v) ? joined(a, v) : v ? kc_describe_scalar(a, v) : "";

    if (*text && !KC_STREQ(text, "0") && !KC_STREQ(text, "<none>"))
        kc_describe_field(out, 0, label, text);
}

void kc_show_service(struct kc_arena *a, const json_t *service, const json_t *slices, struct kc_buf *out)
{
    size_t i;
    json_t *port;

    kc_describe_head(a, service, false, out);
    kc_describe_field(out, 0, "Selector", selector(a, kc_json_at(service, "spec.selector")));
    kc_describe_field(out, 0, "Type", kc_or(kc_json_str(service, "spec.type"), ""));
    put_if(a, service, "IP Family Policy", "spec.ipFamilyPolicy", out);
    kc_describe_field(out, 0, "IP Families", joined(a, kc_json_at(service, "spec.ipFamilies")));
    kc_describe_field(out, 0, "IP", kc_or(kc_json_str(service, "spec.clusterIP"), ""));
    kc_describe_field(out, 0, "IPs", joined(a, kc_json_at(service, "spec.clusterIPs")));
    put_if(a, service, "External IPs", "spec.externalIPs", out);
    for (i = 0; i < sizeof before_ports / sizeof *before_ports; i++)
        put_if(a, service, before_ports[i].label, before_ports[i].path, out);
    if (*ingress(a, service))
        kc_describe_field(out, 0, "LoadBalancer Ingress", ingress(a, service));
    json_array_foreach(kc_json_at(service, "spec.ports"), i, port) put_port(a, port, slices, out);
    kc_describe_field(out, 0, "Session Affinity", kc_or(kc_json_str(service, "spec.sessionAffinity"), ""));
    for (i = 0; i < sizeof after_ports / sizeof *after_ports; i++)
        put_if(a, service, after_ports[i].label, after_ports[i].path, out);
    put_if(a, service, "LoadBalancer Source Ranges", "spec.loadBalancerSourceRanges", out);
    put_if(a, service, "Traffic Distribution", "spec.trafficDistribution", out);
}

/* Bytes behind base64. */
static size_t decoded_length(const char *text)
{
    size_t len = strlen(text) / 4 * 3;

    for (const char *p = text + strlen(text); len && p > text && p[-1] == '='; p--)
        len--;
    return len;
}

void kc_show_config_map(struct kc_arena *a, const json_t *map, struct kc_buf *out)
{
    const json_t *data = json_object_get(map, "data"), *binary = json_object_get(map, "binaryData");
    const struct kc_strs texts = names_of(a, data), blobs = names_of(a, binary);

    kc_describe_head(a, map, false, out);
    kc_buf_puts(out, "\nData\n====\n");
    for (size_t i = 0; i < texts.n && !out->overflow; i++) {
        kc_show_cell(out, texts.v[i]);
        kc_buf_puts(out, ":\n----\n");
        kc_show_text(out, kc_or(json_string_value(json_object_get(data, texts.v[i])), ""));
        kc_buf_puts(out, "\n\n");
    }
    kc_buf_puts(out, "\nBinaryData\n====\n");
    for (size_t i = 0; i < blobs.n && !out->overflow; i++) {
        kc_show_cell(out, blobs.v[i]);
        kc_buf_printf(out, ": %zu bytes\n",
                      decoded_length(kc_or(json_string_value(json_object_get(binary, blobs.v[i])), "")));
    }
    kc_buf_putc(out, '\n');
}
