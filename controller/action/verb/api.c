/* kubectl api-resources, api-versions: what the API server serves, by its aggregated discovery (Kubernetes 1.30). */
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/show/show.h"
#include "controller/show/tabs.h"

#define DISCOVERY_ACCEPT "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

enum { CORE, GROUPS, DOCUMENTS };
enum { GROUP, NAMESPACED, VERBS, CATEGORIES, OUTPUT, NO_HEADERS, SORT_BY };

static const struct kc_flag flags[] = {
    [GROUP] = {.name = "api-group", .kind = KC_FLAG_STRING, .may_be_empty = true},
    [NAMESPACED] = {.name = "namespaced", .kind = KC_FLAG_STRING, .one_of = "|true|false|", .bare = "true"},
    [VERBS] = {.name = "verbs", .kind = KC_FLAG_STRING},
    [CATEGORIES] = {.name = "categories", .kind = KC_FLAG_STRING},
    [OUTPUT] = {.name = "output", .letter = 'o', .kind = KC_FLAG_STRING, .one_of = "|wide|name|"},
    [NO_HEADERS] = {.name = "no-headers", .kind = KC_FLAG_BOOL},
    [SORT_BY] = {.name = "sort-by", .kind = KC_FLAG_STRING, .one_of = "|name|kind|"},
    {.name = NULL},
};
static const struct kc_flag no_flags[] = {{.name = NULL}};

struct type {
    const char *group, *version;
    const json_t *resource;
    size_t at; /* equal ones stay in the server's order */
    const char *sort_by;
};
struct types {
    struct type *v;
    size_t n;
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    KC_BUF_SCOPE none = {0};

    (void)act;
    *ret = kc_read_request(a, so_far->n == CORE ? "/api" : "/apis", &none, DISCOVERY_ACCEPT);
    return so_far->n < DOCUMENTS;
}

static bool check(const struct kc_looked *seen, struct kc_err *err)
{
    for (size_t i = 0; i < seen->n; i++)
        if (!KC_STREQ(kc_or(kc_json_str(seen->v[i].json, "kind"), ""), "APIGroupDiscoveryList"))
            return kc_fail(
                err, KC_INVALID, "Discovery",
                "the API server does not know aggregated discovery (apidiscovery.k8s.io/v2, Kubernetes 1.30)");
    return true;
}

/* Whether every word of "get,list" is in the list. */
static bool has_all(const json_t *list, const char *words)
{
    for (const char *p = kc_or(words, ""); *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        size_t len = strcspn(p, ","), i;
        bool found = false;
        json_t *item;
        json_array_foreach(list, i, item)
        {
            const char *s = json_string_value(item);
            found = found || (s && strlen(s) == len && strncmp(s, p, len) == 0);
        }
        if (!found)
            return false;
    }
    return true;
}

static bool wanted(const struct kc_action *act, const char *group, const json_t *resource)
{
    const char *namespaced = given(act, NAMESPACED);
    bool in_one = KC_STREQ(kc_or(kc_json_str(resource, "scope"), ""), "Namespaced");

    return json_array_size(json_object_get(resource, "verbs")) > 0 &&
           (!given(act, GROUP) || KC_STREQ(given(act, GROUP), group)) &&
           (!namespaced || in_one == KC_STREQ(namespaced, "true")) &&
           has_all(json_object_get(resource, "verbs"), given(act, VERBS)) &&
           has_all(json_object_get(resource, "categories"), given(act, CATEGORIES));
}

static bool listed_before(const struct types *types, size_t from, const char *name)
{
    for (size_t i = from; i < types->n; i++)
        if (KC_STREQ(kc_json_str(types->v[i].resource, "resource"), name))
            return true;
    return false;
}

static size_t count(const struct kc_looked *seen)
{
    size_t n = 0, g, v;
    json_t *group, *version;

    for (size_t i = 0; i < seen->n; i++)
        json_array_foreach(json_object_get(seen->v[i].json, "items"), g, group)
            json_array_foreach(json_object_get(group, "versions"), v, version) n +=
            json_array_size(json_object_get(version, "resources"));
    return n;
}

/* Each type in the first version of its group that has it. */
static void add_group(struct types *types, const json_t *group)
{
    const char *name = kc_or(kc_json_str(group, "metadata.name"), "");
    size_t from = types->n, v, r;
    json_t *version, *resource;

    json_array_foreach(json_object_get(group, "versions"), v, version)
    {
        size_t of_version = types->n;
        json_array_foreach(json_object_get(version, "resources"), r, resource)
        {
            const char *plural = kc_json_str(resource, "resource");
            struct types older = {types->v, of_version};
            if (plural && !listed_before(&older, from, plural))
                types->v[types->n++] = (struct type){
                    .group = name, .version = kc_or(kc_json_str(version, "version"), ""), .resource = resource};
        }
    }
}

static const char *sort_key(const struct type *t)
{
    if (!t->sort_by)
        return t->group;
    return kc_or(kc_json_str(t->resource, KC_STREQ(t->sort_by, "kind") ? "responseKind.kind" : "resource"), "");
}

static int in_order(const void *x, const void *y)
{
    const struct type *a = x, *b = y;
    int order = strcmp(sort_key(a), sort_key(b));

    if (!order)
        order =
            strcmp(kc_or(kc_json_str(a->resource, "resource"), ""), kc_or(kc_json_str(b->resource, "resource"), ""));
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static struct types types_of(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    struct types all = {kc_arena_array(a, count(seen) + 1, sizeof *all.v), 0}, out = {.v = all.v};
    size_t g;
    json_t *group;

    for (size_t i = 0; i < seen->n; i++)
        json_array_foreach(json_object_get(seen->v[i].json, "items"), g, group) add_group(&all, group);
    for (size_t i = 0; i < all.n; i++)
        if (wanted(act, all.v[i].group, all.v[i].resource)) {
            out.v[out.n] = all.v[i];
            out.v[out.n].at = out.n;
            out.v[out.n++].sort_by = given(act, SORT_BY);
        }
    if (out.n)
        qsort(out.v, out.n, sizeof *out.v, in_order);
    return out;
}

static void put_joined(struct kc_buf *out, const json_t *list)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        kc_buf_puts(out, i ? "," : "");
        kc_show_cell(out, kc_or(json_string_value(item), ""));
    }
}

static void put_type(struct kc_buf *out, const struct type *t, const char *output)
{
    bool in_one = KC_STREQ(kc_or(kc_json_str(t->resource, "scope"), ""), "Namespaced");

    kc_show_cell(out, kc_or(kc_json_str(t->resource, "resource"), ""));
    if (output && KC_STREQ(output, "name")) {
        kc_buf_printf(out, "%s%s\n", *t->group ? "." : "", t->group);
        return;
    }
    kc_buf_putc(out, '\t');
    put_joined(out, json_object_get(t->resource, "shortNames"));
    kc_buf_printf(out, "\t%s%s%s\t%s\t", t->group, *t->group ? "/" : "", t->version, in_one ? "true" : "false");
    kc_show_cell(out, kc_or(kc_json_str(t->resource, "responseKind.kind"), ""));
    if (output) {
        kc_buf_putc(out, '\t');
        put_joined(out, json_object_get(t->resource, "verbs"));
        kc_buf_putc(out, '\t');
        put_joined(out, json_object_get(t->resource, "categories"));
    }
    kc_buf_putc(out, '\n');
}

static bool show_resources(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                           struct kc_buf *out, struct kc_err *err)
{
    const char *output = given(act, OUTPUT);
    bool names = output && KC_STREQ(output, "name");
    KC_BUF_SCOPE text = {.limit = out->limit};

    if (!check(seen, err))
        return false;
    const struct types types = types_of(a, act, seen);
    if (!names && !given(act, NO_HEADERS))
        kc_buf_printf(&text, "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND%s\n", output ? "\tVERBS\tCATEGORIES" : "");
    for (size_t i = 0; i < types.n && !text.overflow; i++)
        put_type(&text, &types.v[i], output);
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
    return true;
}

static const char *resources_summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    size_t n = types_of(a, act, seen).n;

    return kc_arena_printf(a, "%zu type%s of objects", n, n == 1 ? "" : "s");
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static struct kc_strs versions_of(struct kc_arena *a, const struct kc_looked *seen)
{
    struct kc_strs out = {0};
    size_t n = 0, g, v;
    json_t *group, *version;

    for (size_t i = 0; i < seen->n; i++)
        json_array_foreach(json_object_get(seen->v[i].json, "items"), g, group) n +=
            json_array_size(json_object_get(group, "versions"));
    out.v = kc_arena_array(a, n + 1, sizeof *out.v);
    for (size_t i = 0; i < seen->n; i++)
        json_array_foreach(json_object_get(seen->v[i].json, "items"), g, group)
        {
            const char *name = kc_or(kc_json_str(group, "metadata.name"), "");
            json_array_foreach(json_object_get(group, "versions"), v, version) out.v[out.n++] =
                kc_arena_printf(a, "%s%s%s", name, *name ? "/" : "", kc_or(kc_json_str(version, "version"), ""));
        }
    if (out.n)
        qsort(out.v, out.n, sizeof *out.v, by_text);
    return out;
}

static bool show_versions(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                          struct kc_buf *out, struct kc_err *err)
{
    (void)act;
    if (!check(seen, err))
        return false;
    const struct kc_strs versions = versions_of(a, seen);
    for (size_t i = 0; i < versions.n; i++) {
        kc_show_cell(out, versions.v[i]);
        kc_buf_putc(out, '\n');
    }
    return true;
}

static const char *versions_summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    (void)act;
    return kc_arena_printf(a, "%zu API versions", versions_of(a, seen).n);
}

const struct kc_verb kc_verb_api_resources = {
    .name = "api-resources",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_NONE,
    .flags = flags,
    .look = look,
    .show = show_resources,
    .summary = resources_summary,
};

const struct kc_verb kc_verb_api_versions = {
    .name = "api-versions",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_NONE,
    .flags = no_flags,
    .look = look,
    .show = show_versions,
    .summary = versions_summary,
};
