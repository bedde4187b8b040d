#include "controller/audit/pg_uri.h"

#include <libpq-fe.h>
#include <string.h>

#include "controller/base/text.h"

/* What a URI gets that does not name them. GSSAPI encryption would take the place of TLS without anybody asking; the
 * keep-alives notice a dead line within ten seconds. */
static const struct {
    const char *keyword, *value;
} defaults[] = {
    {"sslmode", "verify-full"},       {"gssencmode", "disable"},
    {"application_name", "kubechat"}, {"target_session_attrs", "read-write"},
    {"keepalives_idle", "4"},         {"keepalives_interval", "2"},
    {"keepalives_count", "2"},        {"tcp_user_timeout", "8000"},
};

#define WAY_OUT                                                                                                        \
    "the form is postgresql://USER@HOST:PORT/DATABASE?PARAMETER=VALUE, with special characters of user and password "  \
    "percent-encoded"

/* A password with a character that should have been encoded ends up in another place, which messages would show. */
static bool looks_sound(const char *keyword, const char *value)
{
    static const char digits[] = "0123456789,";
    static const char host[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:,%/"; /* a name, an address, a socket's
                                                                                      folder */
    if (KC_STREQ(keyword, "port"))
        return value[strspn(value, digits)] == '\0';
    if (KC_STREQ(keyword, "host") || KC_STREQ(keyword, "hostaddr"))
        return value[strspn(value, host)] == '\0';
    return !KC_STREQ(keyword, "dbname") || !strpbrk(value, "@/:?");
}

static bool on_this_machine(const char *hosts)
{
    while (*hosts) {
        size_t len = strcspn(hosts, ",");
        bool local = hosts[0] == '/' || (len == 9 && strncmp(hosts, "localhost", len) == 0) ||
                     (len == 3 && strncmp(hosts, "::1", len) == 0) ||
                     (strncmp(hosts, "127.", 4) == 0 && strspn(hosts, "0123456789.") == len);
        if (!len || !local)
            return false;
        hosts += len + (hosts[len] == ',');
    }
    return true;
}

static const char *value_of(const struct kc_pg_uri *u, const char *keyword)
{
    for (size_t i = 0; u->keywords[i]; i++)
        if (KC_STREQ(u->keywords[i], keyword))
            return u->values[i];
    return "";
}

static bool is_verified_or_local(const struct kc_pg_uri *u, struct kc_err *err)
{
    const char *mode = value_of(u, "sslmode"), *host = value_of(u, "host"), *addr = value_of(u, "hostaddr");
    const char *where = *addr ? addr : host;
    if (KC_STREQ(mode, "verify-full") || (*where && on_this_machine(where)))
        return true;
    return kc_fail(err, KC_INVALID, "InsecureStore",
                   "audit store %s: sslmode=%.20s: a server on another machine is spoken to with sslmode=verify-full "
                   "only: take sslmode out of the URI and name the authority with sslrootcert=FILE",
                   u->name, mode);
}

static bool take(struct kc_arena *a, const PQconninfoOption *options, struct kc_pg_uri *u, struct kc_err *err)
{
    size_t n = 0;
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        if (!o->val)
            continue;
        if (n + sizeof defaults / sizeof *defaults + 1 >= KC_PG_PARAMETERS || !looks_sound(o->keyword, o->val))
            return kc_fail(err, KC_INVALID, "InvalidStore", "audit store: its %s cannot be right: " WAY_OUT,
                           o->keyword);
        u->keywords[n] = kc_arena_strdup(a, o->keyword);
        u->values[n++] = kc_arena_strdup(a, o->val);
    }
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        if (*value_of(u, defaults[i].keyword))
            continue;
        u->keywords[n] = defaults[i].keyword;
        u->values[n++] = defaults[i].value;
    }
    return true;
}

bool kc_pg_uri_parse(struct kc_arena *a, const char *uri, struct kc_pg_uri *ret, struct kc_err *err)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(uri, &why);
    PQfreemem(why); /* quotes the URI */
    *ret = (struct kc_pg_uri){0};
    if (!options)
        return kc_fail(err, KC_INVALID, "InvalidStore", "audit store: this is no PostgreSQL URI: " WAY_OUT);
    bool ok = take(a, options, ret, err);
    PQconninfoFree(options);
    if (!ok)
        return false;
    const char *port = value_of(ret, "port");
    ret->name = kc_arena_printf(a, "postgresql://%s%s%s/%s", value_of(ret, "host"), *port ? ":" : "", port,
                                value_of(ret, "dbname"));
    return is_verified_or_local(ret, err);
}
