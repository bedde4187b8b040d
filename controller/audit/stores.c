/* Which store a URL is for: a row of the table below. */
#include <ctype.h>
#include <string.h>

#include "controller/audit/pg_uri.h"
#include "controller/audit/store.h"
#include "controller/base/text.h"

static const char *pg_name(struct kc_arena *a, const char *url)
{
    struct kc_pg_uri u;
    return kc_pg_uri_parse(a, url, &u, NULL) ? u.name : "postgresql";
}

static const char *path_name(struct kc_arena *a, const char *url)
{
    return kc_arena_strdup(a, kc_audit_store_path(url));
}

static struct kc_audit_store *open_path(const char *url, enum kc_store_use use, struct kc_err *err)
{
    if (*kc_audit_store_path(url))
        return kc_sqlite_open(kc_audit_store_path(url), use, err);
    return kc_fail(err, KC_INVALID, "InvalidStore", "audit store: \"%s\" names no file: sqlite:PATH", url), NULL;
}

static const struct scheme {
    const char *name; /* with what ends it */
    struct kc_audit_store *(*open)(const char *url, enum kc_store_use use, struct kc_err *err);
    const char *(*tell)(struct kc_arena *a, const char *url);
    unsigned readers;
} schemes[] = {
    {"sqlite:", open_path, path_name, 1},
    {"postgresql:", kc_pg_open, pg_name, 4},
    {"postgres:", kc_pg_open, pg_name, 4},
};

/* A bare path is SQLite's; NULL: a scheme that nobody knows. */
static const struct scheme *scheme_of(const char *url)
{
    size_t len = 0;
    while (isalnum((unsigned char)url[len]) || (len && strchr("+-.", url[len]) && url[len]))
        len++;
    if (!len || url[len] != ':')
        return &schemes[0];
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (kc_str_starts(url, schemes[i].name))
            return &schemes[i];
    return NULL;
}

struct kc_audit_store *kc_audit_store_open(const char *url, enum kc_store_use use, struct kc_err *err)
{
    const struct scheme *s = scheme_of(url);
    if (s)
        return s->open(url, use, err);
    return kc_fail(err, KC_INVALID, "InvalidStore",
                   "audit store: \"%.*s\" is none that kubechat knows: sqlite:PATH or postgresql://USER@HOST/DATABASE",
                   (int)strcspn(url, ":") + 1, url),
           NULL;
}

const char *kc_audit_store_name(struct kc_arena *a, const char *url)
{
    const struct scheme *s = scheme_of(url);
    return s ? s->tell(a, url) : kc_arena_strndup(a, url, strcspn(url, ":"));
}

const char *kc_audit_store_path(const char *url)
{
    if (scheme_of(url) != &schemes[0])
        return NULL;
    return url + (kc_str_starts(url, schemes[0].name) ? strlen(schemes[0].name) : 0);
}

unsigned kc_audit_store_readers(const char *url)
{
    const struct scheme *s = scheme_of(url);
    return s ? s->readers : 1;
}
