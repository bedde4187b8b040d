#include "controller/kube/identity.h"

#include <ctype.h>
#include <string.h>

#include "controller/http/headers.h"

static const char service_account[] = "system:serviceaccount:", authenticated[] = "system:authenticated",
                  server_extras[] = "authentication.kubernetes.io/";

static bool is_listed(const char *const *list, const char *s)
{
    for (; *list; list++)
        if (KC_STREQ(*list, s))
            return true;
    return false;
}

bool kc_identity_sends_group(const struct kc_identity *as, const struct kc_identity_filter *f, const char *group)
{
    return !kc_str_starts(as->username, service_account) && !KC_STREQ(group, authenticated) &&
           (!f->groups || is_listed(f->groups, group));
}

/* authentication.kubernetes.io/... are the API server's own statements about a credential: nobody may repeat them. */
static bool sends_extra(const struct kc_identity_filter *f, const char *key)
{
    return !kc_str_starts(key, server_extras) && (f->all_extras || (f->extras && is_listed(f->extras, key)));
}

size_t kc_identity_max_headers(const struct kc_identity *as)
{
    size_t n = 2 + as->groups.n;
    for (size_t i = 0; i < as->n_extras; i++)
        n += as->extras[i].values.n;
    return n;
}

static bool check(const char *field, const char *value, struct kc_err *err)
{
    size_t len = strlen(value);
    const char *problem = !len                                  ? "is empty"
                          : !kc_utf8_valid(value, len, NULL)    ? "is not valid UTF-8"
                          : kc_text_deceptive(value, len, NULL) ? "has control or invisible characters"
                          : !kc_http_header_value_valid(value)  ? "has control characters, or a space at an end"
                                                                : NULL;
    return !problem ||
           kc_fail(err, KC_INVALID, "Identity",
                   "cannot impersonate: %s %s, so it would not reach the API server unchanged", field, problem);
}

/* Header names are case-insensitive and the API server reads extra keys in lower case before it unescapes them, so
 * everything but lower-case token characters is escaped. */
static const char *extra_header(struct kc_arena *a, const char *key)
{
    KC_BUF_SCOPE b = {0};
    kc_buf_puts(&b, "Impersonate-Extra-");
    for (const char *p = key; *p; p++) {
        char one[2] = {*p, '\0'};
        if (*p != '%' && !isupper((unsigned char)*p) && kc_http_header_name_valid(one))
            kc_buf_putc(&b, *p);
        else
            kc_buf_printf(&b, "%%%02x", (unsigned char)*p);
    }
    return kc_arena_strdup(a, b.data);
}

static bool add_extras(struct kc_arena *a, const struct kc_identity *as, const struct kc_identity_filter *f,
                       struct kc_http_header *v, size_t *n, struct kc_err *err)
{
    for (size_t i = 0; i < as->n_extras; i++) {
        const struct kc_extra *x = &as->extras[i];
        if (!sends_extra(f, x->key))
            continue;
        if (!check("the key of an extra", x->key, err))
            return false;
        const char *name = extra_header(a, x->key);
        for (size_t j = 0; j < x->values.n; j++) {
            if (!check(kc_arena_printf(a, "extra[%s][%zu]", x->key, j), x->values.v[j], err))
                return false;
            v[(*n)++] = (struct kc_http_header){name, x->values.v[j]};
        }
    }
    return true;
}

bool kc_identity_headers(struct kc_arena *a, const struct kc_identity *as, const struct kc_identity_filter *f,
                         struct kc_http_header *v, size_t *n, struct kc_err *err)
{
    if (!check("the user name", as->username, err))
        return false;
    v[(*n)++] = (struct kc_http_header){"Impersonate-User", as->username};
    if (as->uid && *as->uid) {
        if (!check("the uid", as->uid, err))
            return false;
        v[(*n)++] = (struct kc_http_header){"Impersonate-Uid", as->uid};
    }
    for (size_t i = 0; i < as->groups.n; i++) {
        const char *group = as->groups.v[i];
        if (!kc_identity_sends_group(as, f, group))
            continue;
        if (!check(kc_arena_printf(a, "groups[%zu]", i), group, err))
            return false;
        v[(*n)++] = (struct kc_http_header){"Impersonate-Group", group};
    }
    return add_extras(a, as, f, v, n, err);
}
