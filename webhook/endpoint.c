#include "webhook/endpoint.h"

#include <string.h>

#include "controller/base/digest.h"

#define SCHEME "https://"

static bool bad_url(struct kc_err *err, const char *url)
{
    return kc_fail(
        err, KC_INVALID, "WebhookURL",
        "--webhook-url: \"%s\" is not https://HOST[:PORT]: an IP address or DNS name that the API server reaches, "
        "without user, path or query",
        url);
}

bool kc_endpoint_make(struct kc_arena *a, const char *url, uint16_t port, const char *ns, const char *service,
                      struct kc_endpoint *ret, struct kc_err *err)
{
    struct kc_endpoint e = {.ns = ns, .service = service};
    if (!url) {
        *ret = e;
        return true;
    }
    if (!kc_str_starts(url, SCHEME))
        return bad_url(err, url);
    const char *rest = url + strlen(SCHEME);
    bool bracket = *rest == '[';
    size_t host_len = bracket ? strcspn(rest, "]") : strcspn(rest, ":/?#@");
    const char *after = rest + host_len + (bracket && rest[host_len] == ']');
    e.host = kc_arena_strndup(a, rest + bracket, host_len - bracket);
    const char *authority = kc_arena_strndup(a, rest, (size_t)(after - rest));
    const char *digits = *after == ':' ? after + 1 : "443";
    const char *end = digits + strspn(digits, "0123456789");
    int64_t number;
    if (!*e.host || (bracket && rest[host_len] != ']') || (*after && *after != ':' && !KC_STREQ(after, "/")) ||
        (*end && !KC_STREQ(end, "/")) ||
        !kc_parse_int(kc_arena_strndup(a, digits, (size_t)(end - digits)), 0, UINT16_MAX, &number))
        return bad_url(err, url);
    e.url = kc_arena_printf(a, SCHEME "%s:%d", authority, number ? (int)number : port);
    *ret = e;
    return true;
}

struct kc_strs kc_endpoint_names(struct kc_arena *a, const struct kc_endpoint *e)
{
    struct kc_strs names = {.v = kc_arena_array(a, 6, sizeof *names.v)};
    names.v[names.n++] = kc_arena_printf(a, "%s.%s.svc", e->service, e->ns);
    names.v[names.n++] = kc_arena_printf(a, "%s.%s.svc.cluster.local", e->service, e->ns);
    names.v[names.n++] = "localhost";
    names.v[names.n++] = "127.0.0.1";
    if (e->host && !kc_strs_has(&names, e->host))
        names.v[names.n++] = e->host;
    return names;
}

json_t *kc_endpoint_client_config(struct kc_arena *a, const struct kc_endpoint *e, const char *path,
                                  const char *ca_bundle)
{
    const char *bundle = kc_base64(a, ca_bundle, strlen(ca_bundle));
    if (e->url)
        return json_pack("{s:s,s:s}", "url", kc_arena_printf(a, "%s%s", e->url, path), "caBundle", bundle);
    return json_pack("{s:{s:s,s:s,s:s,s:i},s:s}", "service", "namespace", e->ns, "name", e->service, "path", path,
                     "port", 443, "caBundle", bundle);
}
