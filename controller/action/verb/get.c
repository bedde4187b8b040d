/* kubectl get: one object, or the list of a type, as the server's own table, or as it is. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"
#include "controller/show/jsonpath.h"
#include "controller/show/show.h"

/* Pages of a list: of rows, some hundred bytes each, and of whole objects, some kilobytes. */
#define ROWS_A_PAGE    "500"
#define ROW_PAGES      20
#define OBJECTS_A_PAGE "250"
#define OBJECT_PAGES   2

enum {
    OUTPUT,
    SELECTOR,
    FIELD_SELECTOR,
    ALL_NAMESPACES,
    SORT_BY,
    SHOW_LABELS,
    LABEL_COLUMNS,
    NO_HEADERS,
    SHOW_KIND,
    SHOW_MANAGED_FIELDS,
    ALLOW_MISSING,
    IGNORE_NOT_FOUND,
    SUBRESOURCE,
    CHUNK_SIZE
};

static const struct kc_flag flags[] = {
    [OUTPUT] = {.name = "output", .letter = 'o', .kind = KC_FLAG_STRING},
    [SELECTOR] = {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    [FIELD_SELECTOR] = {.name = "field-selector", .kind = KC_FLAG_STRING},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    [SORT_BY] = {.name = "sort-by", .kind = KC_FLAG_STRING},
    [SHOW_LABELS] = {.name = "show-labels", .kind = KC_FLAG_BOOL},
    [LABEL_COLUMNS] = {.name = "label-columns", .letter = 'L', .kind = KC_FLAG_LIST},
    [NO_HEADERS] = {.name = "no-headers", .kind = KC_FLAG_BOOL},
    [SHOW_KIND] = {.name = "show-kind", .kind = KC_FLAG_BOOL},
    [SHOW_MANAGED_FIELDS] = {.name = "show-managed-fields", .kind = KC_FLAG_BOOL},
    [ALLOW_MISSING] = {.name = "allow-missing-template-keys", .kind = KC_FLAG_BOOL, .dflt = "true"},
    [IGNORE_NOT_FOUND] = {.name = "ignore-not-found", .kind = KC_FLAG_BOOL},
    [SUBRESOURCE] = {.name = "subresource", .kind = KC_FLAG_STRING, .one_of = "|status|scale|resize|"},
    [CHUNK_SIZE] = {.name = "chunk-size", .kind = KC_FLAG_INT},
    {.name = NULL},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

/* The forms of -o that are not tables, as long as nothing or a template follows. */
static const struct form {
    const char *name;
    bool template; /* NAME=TEMPLATE */
    bool managed;  /* managedFields are there */
} forms[] = {
    {"yaml", false, false},   {"json", false, false},           {"name", false, false},
    {"jsonpath", true, true}, {"jsonpath-as-json", true, true}, {"custom-columns", true, true},
};

/* NULL: a table, or no form at all. */
static const struct form *form_of(const struct kc_action *act, const char **ret_template)
{
    const char *output = given(act, OUTPUT);
    size_t len = output ? strcspn(output, "=") : 0;

    for (size_t i = 0; output && i < sizeof forms / sizeof *forms; i++)
        if (strlen(forms[i].name) == len && strncmp(forms[i].name, output, len) == 0 &&
            (output[len] == '=') == forms[i].template) {
            *ret_template = output + len + forms[i].template;
            return &forms[i];
        }
    return NULL;
}

static const struct form *form(const struct kc_action *act)
{
    const char *ignored;

    return form_of(act, &ignored);
}

static bool is(const struct form *f, const char *name)
{
    return f && KC_STREQ(f->name, name);
}

static bool check_output(struct kc_arena *a, const struct kc_action *act, struct kc_err *err)
{
    const char *output = given(act, OUTPUT), *template = NULL;
    const struct form *f = form_of(act, &template);

    if (output && !f && (kc_str_starts(output, "go-template") || kc_str_starts(output, "template")))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--output=%.64s: Go templates are programs, which are not run here: write a jsonpath", output);
    if (output && !f && (kc_str_starts(output, "jsonpath-file") || kc_str_starts(output, "custom-columns-file")))
        return kc_fail(err, KC_INVALID, "BadFlag", "--output=%.64s: files are not read: write the template itself",
                       output);
    if (output && !f && !KC_STREQ(output, "wide"))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--output=%.64s: expected one of wide, yaml, json, name, jsonpath=TEMPLATE, "
                       "jsonpath-as-json=TEMPLATE, custom-columns=HEADING:PATH,...",
                       output);
    if (!f || !f->template)
        return true;
    if (is(f, "custom-columns"))
        return kc_show_columns_check(a, template, err);
    if (!*template)
        return kc_fail(err, KC_INVALID, "BadFlag", "--output=%s: template format specified but no template given",
                       f->name);
    return kc_jsonpath_parse(a, template, err) || kc_wrap(err, "--output=%s", f->name);
}

/* Flags that shape a table, and those that shape the other forms. */
static bool check_shape(const struct kc_action *act, struct kc_err *err)
{
    const struct form *f = form(act);

    if (f && (given(act, SHOW_LABELS) || given(act, LABEL_COLUMNS)))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--show-labels and --label-columns are columns of a table: leave --output=%s out", f->name);
    if (!f && given(act, SHOW_MANAGED_FIELDS))
        return kc_fail(err, KC_INVALID, "BadFlag", "--show-managed-fields is for --output=json and --output=yaml");
    return true;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *sort_by = given(act, SORT_BY), *path = sort_by ? kc_jsonpath_relaxed(a, sort_by, err) : NULL;
    const char **values = kc_flags_copy(a, act);

    if (sort_by && (!path || !kc_jsonpath_parse(a, path, err)))
        return kc_wrap(err, "--sort-by=%.64s", sort_by);
    if (act->target.kind && *act->target.kind && !*act->target.name && given(act, SUBRESOURCE))
        return kc_fail(err, KC_INVALID, "BadFlag", "--subresource: of which object? Name one");
    values[CHUNK_SIZE] = NULL; /* lists are read in pages anyway: it changes nothing that is shown */
    act->flags = values;
    return check_output(a, act, err) && check_shape(act, err) && kc_read_check_selector(act, err);
}

/* A template is about the list of all of them, which nobody has here; a table says of which kind each line is. */
static bool together(struct kc_arena *a, struct kc_action *acts, size_t n, struct kc_err *err)
{
    const struct form *f = form(acts);
    bool kinds = false;

    if (f && f->template)
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--output=%s of several: one command for each object, or one type with --selector", f->name);
    for (size_t i = 1; i < n; i++)
        kinds = kinds || !KC_STREQ(acts[i].target.kind, acts[0].target.kind);
    for (size_t i = 0; kinds && !f && i < n; i++) {
        const char **values = kc_flags_copy(a, &acts[i]);
        values[SHOW_KIND] = "true";
        acts[i].flags = values;
    }
    return true;
}

static bool may_be_absent(const struct kc_action *act)
{
    return given(act, IGNORE_NOT_FOUND) != NULL;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    const char *accept = form(act) ? NULL : KC_TABLE_ACCEPT, *more = kc_read_continue(so_far);
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
    *ret = kc_read_request(a, kc_target_path(a, &act->target, given(act, SUBRESOURCE)), &query, accept);
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
    json_t *table = json_pack("{s:[{s:s, s:s, s:s}, {s:s}], s:o}", "columnDefinitions", "name", "Name", "type",
                              "string", "format", "name", "name", "Age", "rows", rows);
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

static bool show_objects(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                         struct kc_buf *out, struct kc_err *err)
{
    size_t n;
    const char *template = NULL;
    const struct form *f = form_of(act, &template);
    const json_t **answers = kc_read_json(a, seen, 0, &n);
    const struct kc_target *t = &act->target;
    const char *api = *t->group ? kc_arena_printf(a, "%s/%s", t->group, t->version) : t->version;
    bool managed = f->managed || given(act, SHOW_MANAGED_FIELDS);
    KC_JSON_SCOPE *all = kc_show_listed(answers, n, !*t->name, managed, api, t->kind);

    if (given(act, SORT_BY) && !kc_show_sort_items(a, all, given(act, SORT_BY), err))
        return false;
    if (is(f, "yaml"))
        return kc_show_yaml(all, out, err);
    if (is(f, "custom-columns"))
        return kc_show_columns(a, all, template, !given(act, NO_HEADERS), out, err);
    if (f->template) {
        const struct kc_jsonpath *path = kc_jsonpath_parse(a, template, err);
        return path && kc_jsonpath_print(a, path, all, !given(act, ALLOW_MISSING), is(f, "jsonpath-as-json"), out, err);
    }
    if (is(f, "name"))
        kc_show_names(all, kc_read_singular(a, t), t->group, out);
    else
        kc_show_json(all, out);
    return true;
}

/* "-L app,tier -L zone" */
static struct kc_strs label_columns(struct kc_arena *a, const struct kc_action *act)
{
    const char *text = kc_or(given(act, LABEL_COLUMNS), "");
    struct kc_strs labels = {.v = kc_arena_array(a, strlen(text) + 1, sizeof *labels.v)};

    for (size_t len; *text; text += len + (text[len] != '\0')) {
        len = strcspn(text, "," KC_LIST_SEPARATOR);
        if (len)
            labels.v[labels.n++] = kc_arena_strndup(a, text, len);
    }
    return labels;
}

static bool show_table(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                       struct kc_buf *out, struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    const char *kind = kc_arena_printf(a, "%s%s%s", kc_read_singular(a, t), *t->group ? "." : "", t->group);
    struct kc_table_style style = {.wide = given(act, OUTPUT) != NULL,
                                   .with_namespace = given(act, ALL_NAMESPACES) != NULL,
                                   .show_labels = given(act, SHOW_LABELS) != NULL,
                                   .no_headings = given(act, NO_HEADERS) != NULL,
                                   .labels = label_columns(a, act),
                                   .kind = given(act, SHOW_KIND) ? kind : NULL,
                                   .sort_by = given(act, SORT_BY)};
    size_t n;
    const json_t **tables = tables_of(a, seen, &n);

    if (kc_table_rows(tables, n) == 0 && !may_be_absent(act))
        kc_buf_printf(out, "No resources found%s%s%s\n", *t->ns ? " in " : "", t->ns, *t->ns ? " namespace." : "");
    return kc_show_table(a, tables, n, &style, out, err);
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    if (seen->v[0].status == 404)
        return true;
    if (!(form(act) ? show_objects : show_table)(a, act, seen, out, err))
        return false;
    const char *left = kc_read_left(a, seen);
    if (*left && out->len && out->data[out->len - 1] != '\n')
        kc_buf_putc(out, '\n');
    kc_buf_puts(out, left);
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    const struct kc_target *t = &act->target;
    size_t n, items = 0;

    if (seen->v[0].status == 404)
        return kc_arena_printf(a, "no %s %s", kc_read_singular(a, t), t->name);
    if (!form(act)) {
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
    .together = together,
    .may_be_absent = may_be_absent,
    .look = look,
    .show = show,
    .summary = summary,
};
