/* kubectl get -o custom-columns=NAME:.metadata.name,...: columns of whatever paths find. */
#include <string.h>

#include "controller/show/jsonpath.h"
#include "controller/show/show.h"
#include "controller/show/tabs.h"

#define MAX_COLUMNS 64

struct columns {
    const char *heading[MAX_COLUMNS];
    const struct kc_jsonpath *path[MAX_COLUMNS];
    size_t n;
};

static bool read_columns(struct kc_arena *a, const char *spec, struct columns *ret, struct kc_err *err)
{
    if (!*spec)
        return kc_fail(err, KC_INVALID, "BadFlag", "custom-columns format specified but no custom columns given");
    for (const char *s = spec;; s++) {
        const char *column = kc_arena_strndup(a, s, strcspn(s, ",")), *colon = strchr(column, ':');
        if (!colon || !colon[1])
            return kc_fail(err, KC_INVALID, "BadFlag",
                           "unexpected custom-columns spec: %.64s, expected <header>:<json-path-expr>", column);
        if (ret->n == MAX_COLUMNS)
            return kc_fail(err, KC_INVALID, "BadFlag", "custom-columns: at most %d columns", MAX_COLUMNS);
        const char *path = kc_jsonpath_relaxed(a, colon + 1, err);
        ret->heading[ret->n] = kc_arena_strndup(a, column, (size_t)(colon - column));
        ret->path[ret->n] = path ? kc_jsonpath_parse(a, path, err) : NULL;
        if (!ret->path[ret->n++])
            return kc_wrap(err, "custom-columns: %.64s", column);
        s += strlen(column);
        if (!*s)
            return true;
    }
}

bool kc_show_columns_check(struct kc_arena *a, const char *spec, struct kc_err *err)
{
    struct columns columns = {0};

    return read_columns(a, spec, &columns, err);
}

static bool put_cell(struct kc_arena *a, const struct kc_jsonpath *path, const json_t *object, struct kc_buf *out,
                     struct kc_err *err)
{
    struct kc_findings found;
    const char *between = "";

    if (!kc_jsonpath_find(a, path, object, true, &found, err))
        return false;
    if (!found.n || !found.v[0].n) {
        kc_buf_puts(out, "<none>");
        between = ",";
    }
    for (size_t i = 0; i < found.n; i++)
        for (size_t j = 0; j < found.v[i].n; j++) {
            kc_buf_puts(out, between);
            kc_show_value(out, found.v[i].v[j]);
            between = ",";
        }
    return true;
}

bool kc_show_columns(struct kc_arena *a, const json_t *object, const char *spec, bool headings, struct kc_buf *out,
                     struct kc_err *err)
{
    const json_t *items = json_object_get(object, "items");
    size_t n = items ? json_array_size(items) : 1;
    struct columns columns = {0};
    KC_BUF_SCOPE text = {.limit = out->limit};

    if (!read_columns(a, spec, &columns, err))
        return false;
    for (size_t i = 0; headings && i < columns.n; i++)
        kc_buf_printf(&text, "%s%s", i ? "\t" : "", columns.heading[i]);
    if (headings)
        kc_buf_putc(&text, '\n');
    for (size_t row = 0; row < n && !text.overflow; row++) {
        for (size_t i = 0; i < columns.n; i++) {
            kc_buf_puts(&text, i ? "\t" : "");
            if (!put_cell(a, columns.path[i], items ? json_array_get(items, row) : object, &text, err))
                return false;
        }
        kc_buf_putc(&text, '\n');
    }
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
    return true;
}
