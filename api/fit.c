#include <limits.h>
#include <string.h>

#include "api/tables.h"

struct fitter {
    struct kc_arena *a;
    int64_t chars, items;
    const char *too_long; /* name of the first field that cannot be made to fit */
};

static void fit_table(struct fitter *fit, const struct kc_table *t, char *base);

/* The smaller of a row's limit (0: none) and the caller's. */
static int64_t bound(int64_t row, int64_t caller)
{
    return row && row < caller ? row : caller;
}

static bool within(const char *s, int64_t max)
{
    size_t len = strlen(s);
    return len <= (size_t)max || kc_utf8_count(s, len) <= (size_t)max;
}

/* Bytes of the first n characters of s. */
static size_t prefix_bytes(const char *s, size_t n)
{
    size_t i = 0;
    while (s[i] && n) {
        i++;
        while (((unsigned char)s[i] & 0xC0) == 0x80)
            i++;
        n--;
    }
    return i;
}

static void fit_string(struct fitter *fit, const struct kc_field *f, int64_t row_max, const char **s)
{
    int64_t max = f->trim ? bound(row_max, fit->chars) : row_max;
    if (!*s || !max || within(*s, max))
        return;
    if (!f->trim) {
        fit->too_long = f->name;
        return;
    }
    size_t count = kc_utf8_count(*s, strlen(*s));
    const size_t mark_room = 40; /* "… 18446744073709551615 more characters" */
    size_t keep = (size_t)max > mark_room ? (size_t)max - mark_room : 0;
    *s = kc_arena_printf(fit->a, "%.*s… %zu more characters", (int)prefix_bytes(*s, keep), *s, count - keep);
}

/* How many of n list items stay, the last of them a mark for the rest. 0: all of them. */
static size_t items_kept(struct fitter *fit, const struct kc_field *f, size_t n)
{
    int64_t max = f->trim ? bound(f->max, fit->items) : f->max;
    if (!max || n <= (size_t)max)
        return 0;
    if (!f->trim)
        fit->too_long = f->name;
    return f->trim ? (size_t)max : 0;
}

static const char *mark(struct fitter *fit, const struct kc_field *f, size_t n, size_t kept)
{
    return kc_arena_printf(fit->a, "… %zu more %s", n - (kept - 1), f->name);
}

static void fit_strings(struct fitter *fit, const struct kc_field *f, struct kc_strs *s)
{
    if (s->n == 0)
        return;
    size_t kept = items_kept(fit, f, s->n), n = kept ? kept : s->n;
    const char **copy = kc_arena_memdup(fit->a, s->v, n * sizeof *copy);
    for (size_t i = 0; i < n; i++)
        fit_string(fit, f, f->item_max, &copy[i]);
    if (kept)
        copy[n - 1] = mark(fit, f, s->n, kept);
    *s = (struct kc_strs){copy, n};
}

/* Objects that may be cut have a string as their first field: it takes the mark. */
static void fit_objects(struct fitter *fit, const struct kc_field *f, char *base)
{
    size_t *n = (size_t *)(void *)(base + f->count_offset), size = f->table->size;
    char *items;
    if (*n == 0)
        return;
    memcpy(&items, base + f->offset, sizeof items);
    size_t kept = items_kept(fit, f, *n), n_now = kept ? kept : *n;
    char *copy = kc_arena_memdup(fit->a, items, n_now * size);
    for (size_t i = 0; i < n_now; i++)
        fit_table(fit, f->table, copy + i * size);
    if (kept) {
        char *last = copy + (n_now - 1) * size;
        memset(last, 0, size);
        *(const char **)(void *)(last + f->table->fields[0].offset) = mark(fit, f, *n, kept);
    }
    memcpy(base + f->offset, &copy, sizeof copy);
    *n = n_now;
}

static void fit_conditions(struct fitter *fit, const struct kc_field *f, struct kc_conditions *c)
{
    for (int t = 0; t < KC_CONDITION_TYPES; t++) {
        struct kc_condition_item item = {kc_condition_names[t], c->v[t]};
        fit_table(fit, f->table, (char *)&item);
        c->v[t] = item.condition;
    }
}

static void fit_table(struct fitter *fit, const struct kc_table *t, char *base)
{
    for (size_t i = 0; i < t->n && !fit->too_long; i++) {
        const struct kc_field *f = &t->fields[i];
        void *p = base + f->offset;
        switch (f->kind) {
        case KC_FIELD_STRING:
            fit_string(fit, f, f->max, p);
            break;
        case KC_FIELD_STRINGS:
            fit_strings(fit, f, p);
            break;
        case KC_FIELD_OBJECT:
        case KC_FIELD_INLINE:
            fit_table(fit, f->table, p);
            break;
        case KC_FIELD_OBJECTS:
            fit_objects(fit, f, base);
            break;
        case KC_FIELD_CONDITIONS:
            fit_conditions(fit, f, p);
            break;
        default: /* of fixed size, or (extras) never written by us */
            break;
        }
    }
}

bool kc_table_fit(struct kc_arena *a, const struct kc_table *t, void *object, int64_t chars, int64_t items,
                  const char **ret_field)
{
    struct fitter fit = {.a = a, .chars = chars, .items = items};
    fit_table(&fit, t, object);
    if (fit.too_long && ret_field)
        *ret_field = fit.too_long;
    return !fit.too_long;
}

static bool small_enough(const struct kc_chatrequest_status *s)
{
    KC_JSON_SCOPE *v = kc_chatrequest_encode_status(s);
    return json_dumpb(v, NULL, 0, JSON_COMPACT) <= KC_MAX_STATUS_BYTES;
}

bool kc_chatrequest_fit_status(struct kc_arena *a, struct kc_chatrequest_status *status)
{
    /* Each level shortens whatever is longest and leaves shorter texts and lists whole. */
    static const struct {
        int64_t chars, items;
    } levels[] = {{INT64_MAX, INT64_MAX}, {4096, 128}, {1024, 64}, {512, 32}, {256, 16}, {128, 8}, {64, 4}, {64, 1}};
    for (size_t i = 0; i < KC_COUNT(levels); i++) {
        struct kc_chatrequest_status cut = *status;
        if (!kc_table_fit(a, &kc_status_table, &cut, levels[i].chars, levels[i].items, NULL))
            return false;
        if (small_enough(&cut)) {
            *status = cut;
            return true;
        }
    }
    return false;
}
