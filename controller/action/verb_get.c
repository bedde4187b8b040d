/* kubectl get: one object, or the list of a type, as the server's own table, or as it is. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/show.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"

/* Pages of a list: of rows, some hundred bytes each, and of whole objects, some kilobytes. */
#define ROWS_A_PAGE    "500"
#define ROW_PAGES      20
#define OBJECTS_A_PAGE "250"
#define OBJECT_PAGES   2

enum { OUTPUT, SELECTOR, FIELD_SELECTOR, ALL_NAMESPACES, SORT_BY, SHOW_LABELS };

static const struct kc_flag flags[] = {
    [OUTPUT] = {.name = "output", .letter = 'o', .kind = KC_FLAG_STRING, .one_of = "|wide|yaml|json|name|"},
    [SELECTOR] = {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    [FIELD_SELECTOR] = {.name = "field-selector", .kind = KC_FLAG_STRING},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    [SORT_BY] = {.name = "sort-by", .kind = KC_FLAG_STRING},
    [SHOW_LABELS] = {.name = "show-labels", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

/* yaml, json, name: objects; NULL and wide: a table. */
static const char *object_output(const struct kc_action *act)
{
    const char *output = given(act, OUTPUT);
    return output && !KC_STREQ(output, "wide") ? output : NULL;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *sort_by = given(act, SORT_BY);

    (void)a;
    if (sort_by &&
        strspn(sort_by, "{}.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(sort_by))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--sort-by=%.64s: expected the path of one field: .metadata.creationTimestamp", sort_by);
    if (sort_by && object_output(act))
        return kc_fail(err, KC_INVALID, "BadFlag", "--sort-by sorts a table: leave --output=%s out",
                       object_output(act));
    return kc_read_check_selector(act, err);
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    const char *accept = object_output(act) ? NULL : KC_TABLE_ACCEPT, *more = kc_read_continue(so_far);
    bool list = !*act->target.name;
    KC_BUF_SCOPE query = {0};

    if (so_far->n && (!more || so_far->n >= (accept ? ROW_PAGES : OBJECT_PAGES)))
        return false;
    if (list) {
        kc_query_add(&query, "limit", accept ? ROWS_A_PAGE : OBJECTS_A_PAGE);
        kc_query_add(&query, "labelSelector", given(act, SELECTOR));
        kc_query_add(&query, "fieldSelector", given(act, FIELD_SELECTOR));
        kc_query_add(&query, "continue", more);
    }
    if (accept && given(act, SORT_BY))
        kc_query_add(&query, "includeObject", "Object");
    *ret = kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, accept);
    return true;
}

/* What kubectl makes of an answer of a server that knows no tables. */
static const json_t *as_table(struct kc_arena *a, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    json_t *rows = json_array();
    char age[16];

    if (KC_STREQ(kc_or(kc_json_str(answer, "kind"), ""), "Table")) {
        json_decref(rows);
        return answer;
    }
    for (size_t i = 0; i < (items ? json_array_size(items) : 1); i++) {
        json_t *item = items ? json_array_get(items, i) : (json_t *)answer;
        json_array_append_new(rows,
                              json_pack("{s:[s,s], s:O}", "cells", kc_or(kc_json_str(item, "metadata.name"), ""),
                                        kc_show_age(age, kc_json_str(item, "metadata.creationTimestamp"), kc_unix_ms()),
                                        "object", item));
    }
    json_t *table =
        json_pack("{s:[{s:s}, {s:s}], s:o}", "columnDefinitions", "name", "Name", "name", "Age", "rows", rows);
    kc_arena_defer(a, (void (*)(void *))json_decref, table);
    return table;
}

static const json_t **tables_of(struct kc_arena *a, const struct kc_looked *seen, size_t *n)
{
    const json_t **v = kc_read_json(a, seen, 0, n);

    for (size_t i = 0; i < *n; i++)
        v[i] = as_table(a, v[i]);
    return v;
}

static void show_none(const struct kc_action *act, struct kc_buf *out)
{
    if (*act->target.ns)
        kc_buf_printf(out, "No resources found in %s namespace.\n", act->target.ns);
    else
        kc_buf_puts(out, "No resources found\n");
}

static bool show_objects(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                         struct kc_buf *out, struct kc_err *err)
{
    size_t n;
    const json_t **answers = kc_read_json(a, seen, 0, &n);
    const struct kc_target *t = &act->target;
    const char *api = *t->group ? kc_arena_printf(a, "%s/%s", t->group, t->version) : t->version;
    KC_JSON_SCOPE *all = kc_show_listed(answers, n, !*t->name, api, t->kind);

    if (KC_STREQ(object_output(act), "name"))
        kc_show_names(all, kc_read_singular(a, t), t->group, out);
    else if (KC_STREQ(object_output(act), "json"))
        kc_show_json(all, out);
    else
        return kc_show_yaml(all, out, err);
    return true;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    struct kc_table_style style = {.wide = given(act, OUTPUT) != NULL,
                                   .with_namespace = given(act, ALL_NAMESPACES) != NULL,
                                   .show_labels = given(act, SHOW_LABELS) != NULL,
                                   .sort_by = given(act, SORT_BY)};
    size_t n;

    if (object_output(act)) {
        if (!show_objects(a, act, seen, out, err))
            return false;
    } else {
        const json_t **tables = tables_of(a, seen, &n);
        if (kc_table_rows(tables, n) == 0)
            show_none(act, out);
        kc_show_table(a, tables, n, &style, out);
    }
    kc_buf_puts(out, kc_read_left(a, seen));
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    const struct kc_target *t = &act->target;
    size_t n, items = 0;

    if (!object_output(act)) {
        const json_t **tables = tables_of(a, seen, &n);
        return kc_show_table_summary(a, tables, n, kc_read_singular(a, t), t->resource);
    }
    const json_t **answers = kc_read_json(a, seen, 0, &n);
    for (size_t i = 0; i < n; i++)
        items += *t->name ? 1 : json_array_size(json_object_get(answers[i], "items"));
    return kc_arena_printf(a, "%zu %s", items, items == 1 ? kc_read_singular(a, t) : t->resource);
}

const struct kc_verb kc_verb_get = {
    .name = "get",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .effect_of = kc_read_effect,
    .shape = KC_SHAPE_TYPED,
    .participle = "read",
    .flags = flags,
    .validate = validate,
    .look = look,
    .show = show,
    .summary = summary,
};
