#include "controller/base/resource.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "controller/base/buf.h"

/* A part of what the user typed. */
struct span {
    const char *s;
    size_t len;
};

struct type_arg {
    struct span name, version, group; /* empty: any */
};

static bool same(struct span a, const char *b)
{
    return strncmp(a.s, b, a.len) == 0 && !b[a.len];
}

static bool same_fold(struct span a, const char *b)
{
    /* The first letter tells nearly all of a server's types apart. */
    return a.len ? (*a.s | 0x20) == (*b | 0x20) && strncasecmp(a.s, b, a.len) == 0 && !b[a.len] : !*b;
}

static struct span until_dot(const char **s)
{
    struct span part = {*s, strcspn(*s, ".")};
    *s += part.len + ((*s)[part.len] == '.');
    return part;
}

/* resource.version.group: schema.ParseResourceArg. False: fewer than two dots. */
static bool parse_versioned(const char *s, struct type_arg *ret)
{
    const char *dot = strchr(s, '.');
    if (!dot || !strchr(dot + 1, '.'))
        return false;
    ret->name = until_dot(&s);
    ret->version = until_dot(&s);
    ret->group = (struct span){s, strlen(s)};
    return true;
}

/* resource.group: schema.ParseGroupResource. */
static void parse_grouped(const char *s, struct type_arg *ret)
{
    ret->name = until_dot(&s);
    ret->version = (struct span){"", 0};
    ret->group = (struct span){s, strlen(s)};
}

static bool is_resource(const struct kc_mapping *m, struct span name)
{
    if (same_fold(name, m->resource))
        return true;
    /* A CRD may leave the singular to be the kind in lower case. */
    return same_fold(name, kc_or(m->singular, m->kind));
}

static bool is_short_name(const struct kc_mapping *m, struct span name)
{
    for (size_t i = 0; i < m->short_names.n; i++)
        if (same(name, m->short_names.v[i]))
            return true;
    return false;
}

static bool is_kind(const struct kc_mapping *m, struct span name)
{
    return same(name, m->kind);
}

static bool in_group(const struct kc_mapping *m, struct span group)
{
    return !group.len || same(group, m->group);
}

/* "ingresses.networking" finds networking.k8s.io. */
static bool in_group_prefix(const struct kc_mapping *m, struct span group)
{
    return group.len && strncmp(m->group, group.s, group.len) == 0;
}

/* What kubectl tries, in its order: RESTMapper and shortcut expander with a whole group, then with a prefix, then
 * kinds. */
static const struct {
    bool (*name)(const struct kc_mapping *, struct span);
    bool (*group)(const struct kc_mapping *, struct span);
} rules[] = {
    {is_resource, in_group},          {is_short_name, in_group}, {is_resource, in_group_prefix},
    {is_short_name, in_group_prefix}, {is_kind, in_group},
};

/* True when m goes before best (NULL: none yet). */
static bool better(const struct kc_mapping *m, const struct kc_mapping *best)
{
    if (!best || m->priority != best->priority)
        return !best || m->priority < best->priority;
    return m->preferred && !best->preferred;
}

static const struct kc_mapping *find(const struct kc_restmap *map, const struct type_arg *arg)
{
    const struct kc_mapping *best = NULL;
    if (!arg->name.len)
        return NULL;
    for (size_t r = 0; !best && r < sizeof rules / sizeof *rules; r++)
        for (size_t i = 0; i < map->n; i++) {
            const struct kc_mapping *m = &map->v[i];
            if ((!arg->version.len || same(arg->version, m->version)) && rules[r].group(m, arg->group) &&
                rules[r].name(m, arg->name) && better(m, best))
                best = m;
        }
    return best;
}

const struct kc_mapping *kc_restmap_find(const struct kc_restmap *m, const char *type)
{
    struct type_arg arg;
    const struct kc_mapping *found = NULL;
    if (parse_versioned(type, &arg))
        found = find(m, &arg);
    if (found)
        return found;
    parse_grouped(type, &arg);
    return find(m, &arg);
}

const struct kc_mapping *kc_restmap_kind(const struct kc_restmap *m, const char *group, const char *kind)
{
    const struct kc_mapping *best = NULL;
    for (size_t i = 0; i < m->n; i++)
        if (KC_STREQ(m->v[i].kind, kind) && KC_STREQ(m->v[i].group, kc_or(group, "")) && better(&m->v[i], best))
            best = &m->v[i];
    return best;
}

/* RFC 3986: all but unreserved characters; "." and ".." as well, which clients would take for steps. */
static void put_segment(struct kc_buf *out, const char *s)
{
    bool dots = KC_STREQ(s, ".") || KC_STREQ(s, "..");
    kc_buf_putc(out, '/');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (!dots && c < 0x80 && (isalnum(c) || strchr("-._~", c)))
            kc_buf_putc(out, (char)c);
        else
            kc_buf_printf(out, "%%%02X", c);
    }
}

const char *kc_resource_path(struct kc_arena *a, const struct kc_mapping *m, const char *ns, const char *name,
                             const char *subresource)
{
    KC_BUF_SCOPE out = {0};
    kc_buf_puts(&out, *kc_or(m->group, "") ? "/apis" : "/api");
    if (*kc_or(m->group, ""))
        put_segment(&out, m->group);
    put_segment(&out, m->version);
    if (m->namespaced && *kc_or(ns, "")) {
        kc_buf_puts(&out, "/namespaces");
        put_segment(&out, ns);
    }
    put_segment(&out, m->resource);
    if (*kc_or(name, ""))
        put_segment(&out, name);
    if (*kc_or(name, "") && *kc_or(subresource, ""))
        put_segment(&out, subresource);
    return kc_arena_strdup(a, kc_buf_str(&out));
}
