#include "controller/view/frontproxy.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define CONFIG_MAP   "configmap kube-system/extension-apiserver-authentication"
#define MAX_SETTING  16384
#define OF_ONE_LOGIN "authentication.kubernetes.io/" /* belongs to a credential, not to a person */

/* Lists stand in the ConfigMap as JSON texts. */
static const struct setting {
    const char *key;
    size_t at;
    bool needed;
} settings[] = {
    {"requestheader-allowed-names", offsetof(struct kc_frontproxy, names), false},
    {"requestheader-username-headers", offsetof(struct kc_frontproxy, user), true},
    {"requestheader-uid-headers", offsetof(struct kc_frontproxy, uid), false},
    {"requestheader-group-headers", offsetof(struct kc_frontproxy, group), false},
    {"requestheader-extra-headers-prefix", offsetof(struct kc_frontproxy, extra_prefix), false},
};

static bool decode_list(struct kc_arena *a, const struct setting *s, const char *text, struct kc_strs *ret,
                        struct kc_err *err)
{
    const json_t *list = kc_json_parse_in(a, text, strlen(text), MAX_SETTING, s->key, err);
    size_t i;
    json_t *v;

    if (!list || !json_is_array(list))
        return list ? kc_fail(err, KC_INVALID, "FrontProxy", CONFIG_MAP ": %s is no list", s->key)
                    : kc_wrap(err, CONFIG_MAP);
    ret->v = kc_arena_array(a, json_array_size(list) + 1, sizeof *ret->v);
    json_array_foreach(list, i, v)
    {
        const char *name = json_string_value(v);
        if (name && *name)
            ret->v[ret->n++] = name;
    }
    return true;
}

bool kc_frontproxy_decode(struct kc_arena *a, const json_t *config_map, struct kc_frontproxy *ret, struct kc_err *err)
{
    struct kc_frontproxy f = {0};
    const char *ca = kc_json_map_get(config_map, "data", "requestheader-client-ca-file");

    if (!ca || !*ca)
        return kc_fail(err, KC_INVALID, "FrontProxy",
                       CONFIG_MAP ": requestheader-client-ca-file is missing: the API server runs without "
                                  "--requestheader-client-ca-file, which aggregated APIs need");
    f.client_ca = kc_arena_strdup(a, ca);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct kc_strs *list = (struct kc_strs *)(void *)((char *)&f + settings[i].at);
        const char *text = kc_json_map_get(config_map, "data", settings[i].key);
        if (text && *text && !decode_list(a, &settings[i], text, list, err))
            return false;
        if (settings[i].needed && !list->n)
            return kc_fail(err, KC_INVALID, "FrontProxy", CONFIG_MAP ": %s is missing", settings[i].key);
    }
    *ret = f;
    return true;
}

static bool unauthorized(struct kc_err *err, const char *why)
{
    kc_fail(err, KC_FORBIDDEN, "Unauthorized", "%s", why);
    if (err)
        err->http_status = 401;
    return false;
}

/* Header names do not mind their case. */
static bool is_one_of(const struct kc_strs *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcasecmp(names->v[i], name) == 0)
            return true;
    return false;
}

/* The first of the names that there is a header of. */
static const char *first_of(const struct kc_strs *names, const struct kc_header *headers, size_t n)
{
    for (size_t i = 0; i < names->n; i++)
        for (size_t j = 0; j < n; j++)
            if (strcasecmp(names->v[i], headers[j].name) == 0 && *headers[j].value)
                return headers[j].value;
    return "";
}

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* "Example.com%2fProject" -> "example.com/project": the API server escapes what a header name cannot hold. */
static const char *extra_key(struct kc_arena *a, const char *escaped)
{
    char *out = kc_arena_strdup(a, escaped), *to = out;

    for (const char *p = escaped; *p; p++) {
        int high = *p == '%' ? hex_digit(p[1]) : -1, low = high >= 0 ? hex_digit(p[2]) : -1;
        if (low >= 0 && (high || low)) {
            *to++ = (char)tolower(high * 16 + low);
            p += 2;
        } else {
            *to++ = (char)tolower((unsigned char)*p);
        }
    }
    *to = '\0';
    return out;
}

static const char *extra_of(struct kc_arena *a, const struct kc_frontproxy *f, const char *header)
{
    for (size_t i = 0; i < f->extra_prefix.n; i++) {
        size_t len = strlen(f->extra_prefix.v[i]);
        if (strncasecmp(f->extra_prefix.v[i], header, len) == 0 && header[len])
            return extra_key(a, header + len);
    }
    return NULL;
}

static void add_extra(struct kc_arena *a, struct kc_extra *extras, size_t *n, const char *key, const char *value,
                      size_t max)
{
    size_t i = 0;

    if (kc_str_starts(key, OF_ONE_LOGIN))
        return;
    while (i < *n && !KC_STREQ(extras[i].key, key))
        i++;
    if (i == *n)
        extras[(*n)++] = (struct kc_extra){.key = key, .values = {.v = kc_arena_array(a, max, sizeof(char *))}};
    extras[i].values.v[extras[i].values.n++] = kc_arena_strdup(a, value);
}

bool kc_frontproxy_identity(struct kc_arena *a, const struct kc_frontproxy *f, const char *peer,
                            const struct kc_header *headers, size_t n, struct kc_identity *ret, struct kc_err *err)
{
    struct kc_extra *extras = kc_arena_array(a, n + 1, sizeof *extras);
    struct kc_identity who = {.groups = {.v = kc_arena_array(a, n + 1, sizeof *who.groups.v)}, .extras = extras};

    if (!peer)
        return unauthorized(err, "this API is called through the API server: no client certificate of its aggregation "
                                 "layer was shown");
    if (f->names.n && !kc_strs_has(&f->names, peer))
        return unauthorized(err, "the client certificate is none of the API server's aggregation layer");
    who.username = kc_arena_strdup(a, first_of(&f->user, headers, n));
    who.uid = kc_arena_strdup(a, first_of(&f->uid, headers, n));
    if (!*who.username)
        return unauthorized(err, "the API server did not say who is calling");
    for (size_t i = 0; i < n; i++) {
        const char *key = extra_of(a, f, headers[i].name);
        if (is_one_of(&f->group, headers[i].name) && *headers[i].value)
            who.groups.v[who.groups.n++] = kc_arena_strdup(a, headers[i].value);
        else if (key)
            add_extra(a, extras, &who.n_extras, key, headers[i].value, n);
    }
    *ret = who;
    return true;
}
