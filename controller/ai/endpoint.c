#include "controller/ai/endpoint.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#include "controller/base/text.h"

#define EXAMPLE "write it as http://NAME.NAMESPACE.svc:PORT/PATH"

static void free_url(void *u)
{
    curl_url_cleanup(u);
}

/* One piece of the URL; "" when it has none. */
static const char *piece(struct kc_arena *a, CURLU *u, CURLUPart what)
{
    char *text = NULL;
    if (curl_url_get(u, what, &text, 0) != CURLUE_OK)
        return "";
    const char *copy = kc_arena_strdup(a, text);
    curl_free(text);
    return copy;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    char bare[INET6_ADDRSTRLEN];
    size_t len = strlen(host);

    if (KC_STREQ(host, "localhost"))
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
    if (len < 2 || host[0] != '[' || len - 2 >= sizeof bare)
        return false;
    memcpy(bare, host + 1, len - 2);
    bare[len - 2] = '\0';
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* NAME.NAMESPACE.svc, with or without the cluster's domain: only the cluster's DNS answers for these. */
static bool is_service(struct kc_arena *a, const char *host, const char *domain)
{
    const char *with_domain = kc_arena_printf(a, ".svc.%s", domain);
    size_t len = strlen(host);

    if (kc_str_ends(host, with_domain))
        len -= strlen(with_domain);
    else if (kc_str_ends(host, ".svc"))
        len -= strlen(".svc");
    else
        return false;
    const char *labels = kc_arena_strndup(a, host, len), *dot = strchr(labels, '.');
    return dot && kc_dns_label_valid(kc_arena_strndup(a, labels, (size_t)(dot - labels))) &&
           kc_dns_label_valid(dot + 1);
}

bool kc_ai_endpoint_parse(struct kc_arena *a, const char *url, const char *domain, struct kc_ai_endpoint *ret,
                          struct kc_err *err)
{
    CURLU *u = curl_url();

    kc_arena_defer(a, free_url, u);
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
        return kc_fail(err, KC_INVALID, "BadEndpoint", "spec.endpoint: not a URL: " EXAMPLE);
    const char *scheme = piece(a, u, CURLUPART_SCHEME), *host = piece(a, u, CURLUPART_HOST);
    const char *port = piece(a, u, CURLUPART_PORT), *path = piece(a, u, CURLUPART_PATH);
    if (*piece(a, u, CURLUPART_USER) || *piece(a, u, CURLUPART_PASSWORD))
        return kc_fail(err, KC_INVALID, "BadEndpoint",
                       "spec.endpoint: holds a user name or a password: put the key into a Secret (spec.secretRef)");
    if (!KC_STREQ(scheme, "http") && !KC_STREQ(scheme, "https"))
        return kc_fail(err, KC_INVALID, "BadEndpoint", "spec.endpoint: %s is neither http nor https: " EXAMPLE, scheme);
    if (*piece(a, u, CURLUPART_QUERY) || *piece(a, u, CURLUPART_FRAGMENT))
        return kc_fail(err, KC_INVALID, "BadEndpoint", "spec.endpoint: has a query or a fragment: " EXAMPLE);
    bool loopback = is_loopback(host);
    if (!loopback && !is_service(a, host, domain))
        return kc_fail(err, KC_FORBIDDEN, "EgressDenied",
                       "spec.endpoint: %.253s is outside of this cluster: prompts go only to Services of it "
                       "(NAME.NAMESPACE.svc) and to loopback",
                       host);
    size_t len = strlen(path);
    while (len && path[len - 1] == '/')
        len--;
    *ret = (struct kc_ai_endpoint){
        .origin = kc_arena_printf(a, "%s://%s%s%s", scheme, host, *port ? ":" : "", port),
        .prefix = kc_arena_strndup(a, path, len),
        .tls = KC_STREQ(scheme, "https"),
        .loopback = loopback,
    };
    return true;
}
