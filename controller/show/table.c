/* The server's own Tables, as kubectl get prints them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/show/show.h"
#include "controller/show/tabs.h"

void kc_show_text(struct kc_buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '\033')
            kc_buf_puts(out, "^[");
        else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7F)
            kc_buf_putc(out, '?');
        else
            kc_buf_putc(out, *p);
    }
}

void kc_show_cell(struct kc_buf *out, const char *text)
{
    KC_BUF_SCOPE line = {0};
    size_t len = strcspn(text, "\f\n\r");

    kc_buf_add(&line, text, len);
    for (char *p = line.data; p && *p; p++)
        if (*p == '\t')
            *p = ' ';
    kc_show_text(out, kc_buf_str(&line));
    if (text[len])
        kc_buf_puts(out, "...");
}

const char *kc_show_age(char out[16], const char *time, int64_t now)
{
    int64_t at;

    if (!time || !kc_time_parse(time, &at, NULL))
        return "<unknown>";
    return kc_duration_human(out, now - at);
}

static void put_cell(struct kc_buf *out, const json_t *cell)
{
    if (json_is_string(cell)) {
        kc_show_cell(out, json_string_value(cell));
    } else if (cell && !json_is_null(cell)) {
        char *text = json_dumps(cell, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
        kc_show_cell(out, text ? text : "");
        free(text);
    }
}

static void put_labels(struct kc_buf *out, const json_t *row)
{
    json_t *labels = kc_json_at(row, "object.metadata.labels");
    const char *key;
    json_t *value;
    KC_BUF_SCOPE text = {0};

    json_object_foreach(labels, key, value) kc_buf_printf(&text, "%s%s=%s", text.len ? "," : "", key,
                                                          json_string_value(value) ? json_string_value(value) : "");
    kc_show_cell(out, text.len ? kc_buf_str(&text) : "<none>");
}

static void put_upper(struct kc_buf *out, const char *text)
{
    for (; *text; text++)
        kc_buf_putc(out, (char)toupper((unsigned char)*text));
}

static bool column_shown(const json_t *column, const struct kc_table_style *style)
{
    return style->wide || kc_json_int(column, "priority", 0) == 0;
}

/* A label's column is called like its name, without the prefix. */
static void put_label_headings(struct kc_buf *out, const struct kc_strs *labels)
{
    for (size_t i = 0; i < labels->n; i++) {
        const char *slash = strrchr(labels->v[i], '/');
        kc_buf_putc(out, '\t');
        put_upper(out, slash ? slash + 1 : labels->v[i]);
    }
}

static void put_heading(struct kc_buf *out, const json_t *columns, const struct kc_table_style *style)
{
    const char *between = "";
    size_t i;
    json_t *column;

    if (style->with_namespace) {
        kc_buf_puts(out, "NAMESPACE");
        between = "\t";
    }
    json_array_foreach(columns, i, column)
    {
        if (!column_shown(column, style))
            continue;
        kc_buf_puts(out, between);
        put_upper(out, kc_or(kc_json_str(column, "name"), ""));
        between = "\t";
    }
    put_label_headings(out, &style->labels);
    if (style->show_labels)
        kc_buf_puts(out, "\tLABELS");
    kc_buf_putc(out, '\n');
}

/* The column of names, where kinds are put before them; as many as there are columns: none. */
static size_t name_column(const json_t *columns, const struct kc_table_style *style)
{
    size_t i;
    json_t *column;

    json_array_foreach(columns, i, column)
    {
        if (style->kind && KC_STREQ(kc_or(kc_json_str(column, "format"), ""), "name") &&
            KC_STREQ(kc_or(kc_json_str(column, "type"), ""), "string"))
            return i;
    }
    return json_array_size(columns);
}

static void put_row(struct kc_buf *out, const json_t *row, const json_t *columns, const struct kc_table_style *style)
{
    const json_t *cells = json_object_get(row, "cells");
    const char *between = "";
    size_t i, names = name_column(columns, style);
    json_t *column;

    if (style->with_namespace) {
        kc_show_cell(out, kc_or(kc_json_str(row, "object.metadata.namespace"), ""));
        between = "\t";
    }
    json_array_foreach(columns, i, column)
    {
        if (!column_shown(column, style))
            continue;
        kc_buf_puts(out, between);
        if (i == names)
            kc_buf_printf(out, "%s/", style->kind);
        put_cell(out, json_array_get(cells, i));
        between = "\t";
    }
    for (i = 0; i < style->labels.n; i++) {
        kc_buf_putc(out, '\t');
        kc_show_cell(out, kc_or(kc_json_map_get(row, "object.metadata.labels", style->labels.v[i]), "<none>"));
    }
    if (style->show_labels) {
        kc_buf_putc(out, '\t');
        put_labels(out, row);
    }
    kc_buf_putc(out, '\n');
}

size_t kc_table_rows(const json_t *const *tables, size_t n)
{
    size_t rows = 0;

    for (size_t i = 0; i < n; i++)
        rows += json_array_size(json_object_get(tables[i], "rows"));
    return rows;
}

/* All rows in the order in which they are shown. */
static bool gather_rows(struct kc_arena *a, const json_t *const *tables, size_t n, const char *sort_by,
                        const json_t ***ret, struct kc_err *err)
{
    size_t total = kc_table_rows(tables, n), at = 0, j;
    const json_t **rows = kc_arena_array(a, total + 1, sizeof *rows);
    const json_t **sorted = kc_arena_array(a, total + 1, sizeof *sorted);
    const json_t **objects = kc_arena_array(a, total + 1, sizeof *objects);
    json_t *row;

    for (size_t i = 0; i < n; i++)
        json_array_foreach(json_object_get(tables[i], "rows"), j, row)
        {
            objects[at] = json_object_get(row, "object");
            rows[at++] = row;
        }
    *ret = rows;
    if (!sort_by)
        return true;
    const size_t *order = kc_show_order(a, objects, total, sort_by, err);
    if (!order)
        return false;
    for (size_t i = 0; i < total; i++)
        sorted[i] = rows[order[i]];
    *ret = sorted;
    return true;
}

bool kc_show_table(struct kc_arena *a, const json_t *const *tables, size_t n, const struct kc_table_style *style,
                   struct kc_buf *out, struct kc_err *err)
{
    KC_BUF_SCOPE text = {.limit = out->limit};
    size_t n_rows = kc_table_rows(tables, n);
    const json_t **rows;

    if (n_rows == 0)
        return true;
    if (!gather_rows(a, tables, n, style->sort_by, &rows, err))
        return false;
    const json_t *columns = json_object_get(tables[0], "columnDefinitions");
    if (!style->no_headings)
        put_heading(&text, columns, style);
    for (size_t i = 0; i < n_rows && !text.overflow; i++)
        put_row(&text, rows[i], columns, style);
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
    return true;
}

/* One value of a column and how many rows have it. */
struct tally {
    const char *value;
    size_t n;
};
#define MAX_TALLIES 6

static void add_to(struct tally *t, size_t *n, const char *value)
{
    for (size_t i = 0; i < *n; i++)
        if (KC_STREQ(t[i].value, value)) {
            t[i].n++;
            return;
        }
    if (*n < MAX_TALLIES)
        t[(*n)++] = (struct tally){.value = value, .n = 1};
    else
        t[MAX_TALLIES - 1] = (struct tally){.value = "others", .n = t[MAX_TALLIES - 1].n + 1};
}

static int most_first(const void *x, const void *y)
{
    const struct tally *a = x, *b = y;

    return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : strcmp(a->value, b->value);
}

/* "3/3" is ready, "2/3" is not. */
static const char *readiness(const char *cell)
{
    const char *slash = strchr(cell, '/');

    if (!slash)
        return cell;
    return strlen(slash + 1) == (size_t)(slash - cell) && strncmp(cell, slash + 1, (size_t)(slash - cell)) == 0
               ? "ready"
               : "not ready";
}

static bool find_column(const json_t *columns, const char *name, size_t *ret)
{
    size_t i;
    json_t *column;

    json_array_foreach(columns, i, column)
    {
        *ret = i;
        if (KC_STREQ(kc_or(kc_json_str(column, "name"), ""), name))
            return true;
    }
    return false;
}

const char *kc_show_table_summary(struct kc_arena *a, const json_t *const *tables, size_t n, const char *singular,
                                  const char *plural)
{
    size_t rows = kc_table_rows(tables, n), column = 0, j, n_tallies = 0;
    struct tally tallies[MAX_TALLIES];
    KC_BUF_SCOPE out = {0};
    json_t *row;
    const json_t *columns = n ? json_object_get(tables[0], "columnDefinitions") : NULL;
    bool by_status = find_column(columns, "Status", &column);

    kc_buf_printf(&out, "%zu %s", rows, rows == 1 ? singular : plural);
    if (rows == 0)
        return kc_arena_printf(a, "no %s", plural);
    if (!by_status && !find_column(columns, "Ready", &column))
        return kc_arena_strdup(a, kc_buf_str(&out));
    for (size_t i = 0; i < n; i++)
        json_array_foreach(json_object_get(tables[i], "rows"), j, row)
        {
            const char *cell = json_string_value(json_array_get(json_object_get(row, "cells"), column));
            add_to(tallies, &n_tallies, by_status ? kc_or(cell, "unknown") : readiness(kc_or(cell, "unknown")));
        }
    qsort(tallies, n_tallies, sizeof *tallies, most_first);
    for (size_t i = 0; i < n_tallies; i++) {
        kc_buf_printf(&out, "%s%zu ", i ? ", " : ": ", tallies[i].n);
        kc_show_cell(&out, tallies[i].value);
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}
