#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/tables.h"
#include "controller/base/clock.h"

#define MAX_TIME_MS INT64_C(253402300799999) /* the end of the year 9999: what RFC 3339 can write */
#define MAX_SHOWN   64                       /* bytes of a value in a message */

struct decoder {
    struct kc_arena *a;
    struct kc_err *err;
    bool strict;
    char path[512]; /* of the field at hand, for messages */
    size_t len;
};

static bool decode_table(struct decoder *d, const struct kc_table *t, const json_t *object, void *ret);
static void set_absent_table(const struct kc_table *t, void *ret);

/* Appends to the path; what it returns goes to leave(). */
static size_t enter(struct decoder *d, const char *separator, const char *name)
{
    size_t before = d->len;
    int n = snprintf(d->path + d->len, sizeof d->path - d->len, "%s%s", before ? separator : "", name);
    d->len = n < 0 || (size_t)n >= sizeof d->path - before ? strlen(d->path) : before + (size_t)n;
    return before;
}

static size_t enter_index(struct decoder *d, size_t i)
{
    char index[32];
    snprintf(index, sizeof index, "[%zu]", i);
    return enter(d, "", index);
}

static void leave(struct decoder *d, size_t before)
{
    d->len = before;
    d->path[before] = '\0';
}

static bool KC_PRINTF(3, 4) fail(struct decoder *d, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    kc_vfail(d->err, KC_INVALID, reason, fmt, ap);
    va_end(ap);
    return d->len ? kc_wrap(d->err, "%s", d->path) : false;
}

static const char *type_name(const json_t *v)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object", [JSON_ARRAY] = "array",  [JSON_STRING] = "string", [JSON_INTEGER] = "integer",
        [JSON_REAL] = "number",   [JSON_TRUE] = "boolean", [JSON_FALSE] = "boolean", [JSON_NULL] = "null",
    };
    return names[json_typeof(v)];
}

static bool wrong_type(struct decoder *d, const char *expected, const json_t *got)
{
    return fail(d, "FieldValueTypeInvalid", "expected %s, got %s", expected, type_name(got));
}

/* A value as a message shows it: quoted; only how long it is when it is secret or long. */
static const char *shown(struct decoder *d, const struct kc_field *f, const char *s)
{
    if (f->secret || strlen(s) > MAX_SHOWN)
        return kc_arena_printf(d->a, "a value of %zu bytes", strlen(s));
    KC_BUF_SCOPE b = {0};
    kc_json_quote(&b, s, strlen(s));
    return kc_arena_strdup(d->a, kc_buf_str(&b));
}

static const char *names_listed(struct decoder *d, const char *const *names)
{
    KC_BUF_SCOPE b = {0};
    for (size_t i = 0; names[i]; i++)
        if (*names[i])
            kc_buf_printf(&b, "%s%s", b.len ? (names[i + 1] ? ", " : " or ") : "", names[i]);
    return kc_arena_strdup(d->a, kc_buf_str(&b));
}

/* -1: no such name; "" stands for none and is not one. */
static int name_index(const char *const *names, const char *s)
{
    for (int i = 0; names[i]; i++)
        if (*names[i] && KC_STREQ(names[i], s))
            return i;
    return -1;
}

/* Copies a string after checking what its row (for items: the list's row) says. */
static bool take_string(struct decoder *d, const struct kc_field *f, int64_t min, int64_t max, const json_t *v,
                        const char **ret)
{
    if (!json_is_string(v))
        return wrong_type(d, "string", v);
    const char *s = json_string_value(v);
    size_t len = json_string_length(v);
    if (memchr(s, '\0', len))
        return fail(d, "FieldValueInvalid", "contains a NUL character (\\u0000): remove it");
    if (!kc_utf8_valid(s, len, NULL)) /* never from a parser, but a json_t can be made by hand */
        return fail(d, "FieldValueInvalid", "is not UTF-8");
    int64_t count = (int64_t)kc_utf8_count(s, len);
    if (count < min)
        return fail(d, "FieldValueInvalid",
                    min == 1 ? "is empty: at least %" PRId64 " character is needed"
                             : "is too short: at least %" PRId64 " characters are needed",
                    min);
    if (max && count > max)
        return fail(d, "FieldValueTooLong", "has %" PRId64 " characters: at most %" PRId64 " are allowed", count, max);
    if (f->format && !f->format->matches(s))
        return fail(d, "FieldValueInvalid", "%s: expected %s", shown(d, f, s), f->format->hint);
    if (f->names && name_index(f->names, s) < 0)
        return fail(d, "FieldValueNotSupported", "%s: expected %s", shown(d, f, s), names_listed(d, f->names));
    *ret = kc_arena_strndup(d->a, s, len);
    return true;
}

static bool take_count(struct decoder *d, const char *what, size_t n, int64_t max)
{
    if (max && n > (size_t)max)
        return fail(d, "FieldValueTooMany", "has %zu %s: at most %" PRId64 " are allowed", n, what, max);
    return true;
}

static bool take_strings(struct decoder *d, const struct kc_field *f, int64_t max, const json_t *v, struct kc_strs *ret)
{
    if (!json_is_array(v))
        return wrong_type(d, "array", v);
    size_t n = json_array_size(v);
    if (!take_count(d, "items", n, max))
        return false;
    const char **out = n ? kc_arena_array(d->a, n, sizeof *out) : NULL;
    for (size_t i = 0; i < n; i++) {
        size_t before = enter_index(d, i);
        if (!take_string(d, f, 1, f->item_max, json_array_get(v, i), &out[i]))
            return false;
        leave(d, before);
    }
    *ret = (struct kc_strs){out, n};
    return true;
}

static bool decode_string(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    return take_string(d, f, f->min, f->max, v, (const char **)(void *)(base + f->offset));
}

static bool decode_bool(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    if (!json_is_boolean(v))
        return wrong_type(d, "boolean", v);
    *(bool *)(void *)(base + f->offset) = json_is_true(v);
    return true;
}

static bool decode_int(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    if (!json_is_integer(v))
        return wrong_type(d, "integer", v);
    int64_t i = json_integer_value(v);
    if (i < f->min || i > f->max)
        return fail(d, "FieldValueInvalid", "%" PRId64 " is out of range: expected %" PRId64 " to %" PRId64, i, f->min,
                    f->max);
    *(int64_t *)(void *)(base + f->offset) = i;
    return true;
}

static bool decode_time(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    const char *s;
    int64_t ms;
    if (!take_string(d, f, 1, 64, v, &s))
        return false;
    if (!kc_time_parse(s, &ms, NULL) || ms < 0 || ms > MAX_TIME_MS)
        return fail(d, "FieldValueInvalid",
                    "%s: expected a time since 1970 such as \"2026-11-23T09:48:00Z\" (RFC 3339)", shown(d, f, s));
    *(int64_t *)(void *)(base + f->offset) = ms;
    return true;
}

static bool decode_enum(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    const char *s;
    if (!take_string(d, f, 0, 0, v, &s))
        return false;
    int i = name_index(f->names, s); /* take_string saw that it is one of them */
    memcpy(base + f->offset, &i, sizeof i);
    return true;
}

static bool decode_strings(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    return take_strings(d, f, f->max, v, (struct kc_strs *)(void *)(base + f->offset));
}

static bool decode_extras(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    if (!json_is_object(v))
        return wrong_type(d, "object", v);
    size_t n = json_object_size(v);
    if (!take_count(d, "entries", n, f->max))
        return false;
    struct kc_extra *out = kc_arena_array(d->a, n, sizeof *out), *next = out;
    const char *key;
    json_t *values;
    json_object_foreach((json_t *)v, key, values)
    {
        size_t before = enter(d, ".", key);
        if (!take_count(d, "bytes in its name", strlen(key), f->item_max))
            return false;
        next->key = kc_arena_strdup(d->a, key);
        if (!take_strings(d, f, f->max, values, &next->values))
            return false;
        leave(d, before);
        next++;
    }
    *(const struct kc_extra **)(void *)(base + f->offset) = out;
    *(size_t *)(void *)(base + f->count_offset) = n;
    return true;
}

static bool decode_labels(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    if (!json_is_object(v))
        return wrong_type(d, "object", v);
    size_t n = json_object_size(v);
    if (!take_count(d, "entries", n, f->max))
        return false;
    struct kc_label *out = kc_arena_array(d->a, n, sizeof *out), *next = out;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)v, key, value)
    {
        size_t before = enter(d, ".", key);
        next->key = kc_arena_strdup(d->a, key);
        if (!take_string(d, f, 0, f->item_max, value, &next->value))
            return false;
        leave(d, before);
        next++;
    }
    *(const struct kc_label **)(void *)(base + f->offset) = out;
    *(size_t *)(void *)(base + f->count_offset) = n;
    return true;
}

static bool take_objects(struct decoder *d, const struct kc_field *f, const json_t *v, void **ret, size_t *ret_n)
{
    if (!json_is_array(v))
        return wrong_type(d, "array", v);
    size_t n = json_array_size(v);
    if (!take_count(d, "items", n, f->max))
        return false;
    char *items = n ? kc_arena_array(d->a, n, f->table->size) : NULL;
    for (size_t i = 0; i < n; i++) {
        size_t before = enter_index(d, i);
        if (!decode_table(d, f->table, json_array_get(v, i), items + i * f->table->size))
            return false;
        leave(d, before);
    }
    *ret = items;
    *ret_n = n;
    return true;
}

static bool decode_objects(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    void *items;
    if (!take_objects(d, f, v, &items, (size_t *)(void *)(base + f->count_offset)))
        return false;
    memcpy(base + f->offset, &items, sizeof(void *));
    return true;
}

static bool decode_object(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    if (f->presence)
        *(bool *)(void *)(base + f->count_offset) = true;
    return decode_table(d, f->table, v, base + f->offset);
}

static bool decode_conditions(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    struct kc_conditions *c = (struct kc_conditions *)(void *)(base + f->offset);
    void *decoded = NULL;
    size_t n = 0;
    if (!take_objects(d, f, v, &decoded, &n))
        return false;
    const struct kc_condition_item *items = decoded;
    for (size_t i = 0; i < n; i++) {
        int t = name_index(kc_condition_names, items[i].type);
        if (t < 0)
            continue; /* of another version: not ours to judge */
        if (*c->v[t].reason)
            return fail(d, "FieldValueDuplicate", "two conditions have the type %s", items[i].type);
        c->v[t] = items[i].condition;
        c->present = true;
    }
    return true;
}

static void set_absent(const struct kc_field *f, char *base)
{
    char *p = base + f->offset;
    switch (f->kind) {
    case KC_FIELD_STRING:
        *(const char **)(void *)p = kc_or(f->dflt, "");
        break;
    case KC_FIELD_INT:
        *(int64_t *)(void *)p = f->absent;
        break;
    case KC_FIELD_OBJECT:
    case KC_FIELD_INLINE:
        set_absent_table(f->table, p);
        break;
    case KC_FIELD_CONDITIONS:
        for (int t = 0; t < KC_CONDITION_TYPES; t++)
            ((struct kc_conditions *)(void *)p)->v[t].reason = ((struct kc_conditions *)(void *)p)->v[t].message = "";
        break;
    default: /* false, 0 and no items are all zero */
        break;
    }
}

static void set_absent_table(const struct kc_table *t, void *ret)
{
    for (size_t i = 0; i < t->n; i++)
        set_absent(&t->fields[i], ret);
}

static bool decode_field(struct decoder *d, const struct kc_field *f, const json_t *v, char *base)
{
    static bool (*const by_kind[])(struct decoder *, const struct kc_field *, const json_t *, char *) = {
        [KC_FIELD_STRING] = decode_string,   [KC_FIELD_BOOL] = decode_bool,
        [KC_FIELD_INT] = decode_int,         [KC_FIELD_TIME] = decode_time,
        [KC_FIELD_ENUM] = decode_enum,       [KC_FIELD_STRINGS] = decode_strings,
        [KC_FIELD_EXTRAS] = decode_extras,   [KC_FIELD_LABELS] = decode_labels,
        [KC_FIELD_OBJECT] = decode_object,   [KC_FIELD_INLINE] = NULL,
        [KC_FIELD_OBJECTS] = decode_objects, [KC_FIELD_CONDITIONS] = decode_conditions,
    };
    return by_kind[f->kind](d, f, v, base);
}

/* The nearest field name, for "did you mean"; NULL: none is near. */
static const char *nearest(const struct kc_table *t, const char *name)
{
    const char *best = NULL;
    size_t best_distance = 3;
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_field *f = &t->fields[i];
        const char *candidate = f->kind == KC_FIELD_INLINE ? nearest(f->table, name) : f->name;
        size_t distance = candidate ? kc_edit_distance(candidate, name, 2) : best_distance;
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

static bool refuse_unknown(struct decoder *d, const struct kc_table *t, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (kc_table_find(t, key))
            continue;
        const char *near = nearest(t, key);
        enter(d, ".", key);
        return near ? fail(d, "FieldValueNotSupported", "unknown field; did you mean %s?", near)
                    : fail(d, "FieldValueNotSupported", "unknown field: remove it");
    }
    return true;
}

static bool decode_fields(struct decoder *d, const struct kc_table *t, const json_t *object, void *ret)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_field *f = &t->fields[i];
        if (f->kind == KC_FIELD_INLINE) {
            if (!decode_fields(d, f->table, object, (char *)ret + f->offset))
                return false;
            continue;
        }
        const json_t *v = json_object_get(object, f->name);
        size_t before = enter(d, ".", f->name);
        set_absent(f, ret);
        if (v && !json_is_null(v)) {
            if (!decode_field(d, f, v, ret))
                return false;
        } else if (f->required) {
            return fail(d, "FieldValueRequired", "is required");
        }
        leave(d, before);
    }
    return true;
}

static bool decode_table(struct decoder *d, const struct kc_table *t, const json_t *object, void *ret)
{
    if (!json_is_object(object))
        return wrong_type(d, "object", object);
    if (d->strict && !refuse_unknown(d, t, object))
        return false;
    return decode_fields(d, t, object, ret);
}

bool kc_table_decode(struct kc_arena *a, const struct kc_table *t, const json_t *object, const char *path, bool strict,
                     void *ret, struct kc_err *err)
{
    struct decoder d = {.a = a, .err = err, .strict = strict};
    enter(&d, "", path);
    memset(ret, 0, t->size);
    return decode_table(&d, t, object, ret);
}
