#include "controller/audit/export.h"

#include <errno.h>
#include <string.h>

#include "controller/audit/row.h"
#include "controller/audit/store.h"
#include "controller/base/clock.h"

struct exporter {
    const struct kc_export_options *options;
    FILE *out;
    struct kc_arena *a; /* reset for each entry */
    uint64_t n;
};

/* The columns that are one string of the row. */
static const struct {
    const char *name;
    size_t at;
} columns[] = {
    {"cluster", offsetof(struct kc_row, cluster_uid)},
    {"username", offsetof(struct kc_row, who.username)},
    {"namespace", offsetof(struct kc_row, request_ns)},
    {"name", offsetof(struct kc_row, request_name)},
    {"requestUID", offsetof(struct kc_row, request_uid)},
    {"planDigest", offsetof(struct kc_row, plan_digest)},
    {"step", offsetof(struct kc_row, step)},
    {"command", offsetof(struct kc_row, command)},
    {"target", offsetof(struct kc_row, target)},
    {"result", offsetof(struct kc_row, result)},
    {"reason", offsetof(struct kc_row, reason)},
    {"message", offsetof(struct kc_row, message)},
};
#define N_COLUMNS (sizeof columns / sizeof *columns)

static void header(FILE *out)
{
    (void)fputs("index,time,type", out);
    for (size_t i = 0; i < N_COLUMNS; i++)
        (void)fprintf(out, ",%s", columns[i].name);
    (void)fputs(",attempt,groups,blobs,detail\r\n", out);
}

/* Quoted always. Spreadsheets take a cell that starts with one of these for a formula; the apostrophe makes it text. */
static void cell(FILE *out, const char *s)
{
    (void)fputs(*s && strchr("=+-@\t\r", *s) ? ",\"'" : ",\"", out);
    for (; *s; s++) {
        if (*s == '"')
            (void)putc('"', out);
        (void)putc(*s, out);
    }
    (void)putc('"', out);
}

static const char *joined(struct kc_arena *a, const struct kc_strs *v)
{
    const char *all = "";
    for (size_t i = 0; i < v->n; i++)
        all = kc_arena_printf(a, "%s%s%s", all, i ? " " : "", v->v[i]);
    return all;
}

static bool csv_line(struct exporter *x, const struct kc_stored_entry *e, const struct kc_row *r, struct kc_err *err)
{
    char time[KC_TIME_LEN];
    const char *detail = "";
    size_t len;
    if (r->detail && !(detail = kc_json_canonical_in(x->a, r->detail, &len, err)))
        return false;
    (void)fprintf(x->out, "%lld", (long long)e->idx);
    cell(x->out, kc_time_format_micro(time, r->time));
    cell(x->out, kc_row_type_name(r->type));
    for (size_t i = 0; i < N_COLUMNS; i++)
        cell(x->out, *(const char *const *)((const char *)r + columns[i].at));
    cell(x->out, r->claims.attempt ? kc_arena_printf(x->a, "%lld", (long long)r->claims.attempt) : "");
    cell(x->out, joined(x->a, &r->who.groups));
    cell(x->out, joined(x->a, &r->blobs));
    cell(x->out, detail);
    (void)fputs("\r\n", x->out);
    return true;
}

static bool json_line(struct exporter *x, const struct kc_stored_entry *e, const struct kc_row *r, struct kc_err *err)
{
    (void)r;
    (void)err;
    (void)fprintf(x->out, "{\"index\":%lld,\"entry\":", (long long)e->idx);
    (void)fwrite(e->bytes, 1, e->len, x->out);
    (void)fputs("}\n", x->out);
    return true;
}

/* What a person looks for, in columns; control characters in what somebody wrote cannot reach the terminal. */
static void table_header(FILE *out)
{
    (void)fprintf(out, "%-6s %-20s %-10s %-16s %-5s %-10s %s\n", "INDEX", "TIME", "TYPE", "WHO", "STEP", "RESULT",
                  "WHAT");
}

static bool table_line(struct exporter *x, const struct kc_stored_entry *e, const struct kc_row *r, struct kc_err *err)
{
    char time[KC_TIME_LEN];
    const char *prompt = kc_json_str(r->detail, "prompt");
    const char *said = *r->message ? r->message : kc_or(prompt, r->command);
    const char *hex = strchr(r->plan_digest, ':'), *plan = hex ? hex + 1 : r->plan_digest;
    char *what =
        *kc_or(said, "") ? kc_arena_strdup(x->a, said) : kc_arena_printf(x->a, "%s%.12s", *plan ? "plan " : "", plan);
    (void)err;
    for (char *p = what; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    (void)fprintf(x->out, "%-6lld %-20s %-10s %-16s %-5s %-10s %s\n", (long long)e->idx, kc_time_format(time, r->time),
                  kc_row_type_name(r->type), kc_or(r->who.username, "(kubechat)"), kc_or(r->step, "-"),
                  kc_or(r->result, "-"), what);
    return true;
}

static const struct {
    void (*header)(FILE *out);
    bool (*line)(struct exporter *x, const struct kc_stored_entry *e, const struct kc_row *r, struct kc_err *err);
} formats[] = {
    [KC_EXPORT_JSON] = {NULL, json_line},
    [KC_EXPORT_CSV] = {header, csv_line},
    [KC_EXPORT_TABLE] = {table_header, table_line},
};

static bool wanted(const struct kc_export_options *o, const struct kc_row *r)
{
    return r->time >= o->since && r->time < o->until && (!o->request_ns || KC_STREQ(o->request_ns, r->request_ns)) &&
           (!o->request_name || KC_STREQ(o->request_name, r->request_name));
}

static bool take(void *arg, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct exporter *x = arg;
    struct kc_row row;
    struct kc_hash leaf = kc_leaf_hash(e->bytes, e->len);
    kc_arena_reset(x->a);
    if (memcmp(leaf.b, e->leaf.b, sizeof leaf.b) != 0)
        return kc_fail(err, KC_INVALID, "Tampered", "entry %lld was changed: kubechat audit verify tells what else",
                       (long long)e->idx);
    if (!kc_row_decode(x->a, e->bytes, e->len, &row, err))
        return kc_wrap(err, "entry %lld", (long long)e->idx);
    if (!wanted(x->options, &row))
        return true;
    x->n++;
    if (!formats[x->options->format].line(x, e, &row, err))
        return false;
    return !ferror(x->out) || kc_fail(err, KC_UNAVAILABLE, "CannotWrite", "writing the export: %s", strerror(errno));
}

bool kc_audit_export(const char *store, const struct kc_export_options *o, FILE *out, uint64_t *ret_n,
                     struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct exporter x = {.options = o, .out = out, .a = a};
    struct kc_audit_store *s = kc_audit_store_open(store, KC_STORE_SCAN, err);
    if (!s)
        return false;
    if (formats[o->format].header)
        formats[o->format].header(out);
    bool ok = s->ops->entries(s, 0, UINT64_MAX, NULL, take, &x, err);
    (void)kc_audit_store_close(s);
    if (ok && fflush(out) != 0)
        ok = kc_fail(err, KC_UNAVAILABLE, "CannotWrite", "writing the export: %s", strerror(errno));
    if (ok && ret_n)
        *ret_n = x.n;
    return ok;
}
