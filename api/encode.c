#include <string.h>

#include "api/tables.h"
#include "controller/base/clock.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* A JSON string; what is not UTF-8 is replaced rather than lost. */
static json_t *text(const char *s)
{
    size_t len = strlen(s), bad;
    if (kc_utf8_valid(s, len, NULL))
        return json_stringn(s, len);
    KC_BUF_SCOPE b = {0};
    while (!kc_utf8_valid(s, len, &bad)) {
        kc_buf_add(&b, s, bad);
        kc_buf_puts(&b, REPLACEMENT);
        s += bad + 1;
        len -= bad + 1;
    }
    kc_buf_add(&b, s, len);
    return json_stringn(kc_buf_str(&b), b.len);
}

static json_t *strings(const struct kc_strs *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(out, text(s->v[i]));
    return out;
}

static json_t *time_text(int64_t ms)
{
    char out[KC_TIME_LEN];
    return json_string(kc_time_format(out, ms));
}

static json_t *encode_objects(const struct kc_field *f, const char *base)
{
    const char *items;
    memcpy(&items, base + f->offset, sizeof items);
    size_t n = *(const size_t *)(const void *)(base + f->count_offset);
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, kc_table_encode(f->table, items + i * f->table->size));
    return out;
}

static json_t *encode_extras(const struct kc_field *f, const char *base)
{
    const struct kc_extra *extras = *(const struct kc_extra *const *)(const void *)(base + f->offset);
    size_t n = *(const size_t *)(const void *)(base + f->count_offset);
    json_t *out = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(out, extras[i].key, strings(&extras[i].values));
    return out;
}

static json_t *encode_labels(const struct kc_field *f, const char *base)
{
    const struct kc_label *labels = *(const struct kc_label *const *)(const void *)(base + f->offset);
    size_t n = *(const size_t *)(const void *)(base + f->count_offset);
    json_t *out = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(out, labels[i].key, text(labels[i].value));
    return out;
}

static json_t *encode_conditions(const struct kc_field *f, const char *base)
{
    const struct kc_conditions *c = (const struct kc_conditions *)(const void *)(base + f->offset);
    json_t *out = json_array();
    for (int t = 0; c->present && t < KC_CONDITION_TYPES; t++) {
        if (!kc_or(c->v[t].reason, NULL))
            continue; /* never set */
        struct kc_condition_item item = {kc_condition_names[t], c->v[t]};
        json_array_append_new(out, kc_table_encode(f->table, &item));
    }
    return out;
}

static bool is_absent_table(const struct kc_table *t, const char *base);

/* The value of one field; *ret_absent says that it is what decoding gives for a missing one. */
static json_t *encode_field(const struct kc_field *f, const char *base, bool *ret_absent)
{
    const char *p = base + f->offset;
    json_t *v = NULL;
    switch (f->kind) {
    case KC_FIELD_STRING: {
        const char *s = kc_or(*(const char *const *)(const void *)p, "");
        *ret_absent = !*s;
        return text(s);
    }
    case KC_FIELD_BOOL: {
        bool b = *(const bool *)(const void *)p;
        *ret_absent = !b;
        return json_boolean(b);
    }
    case KC_FIELD_INT: {
        int64_t i = *(const int64_t *)(const void *)p;
        *ret_absent = i == f->absent;
        return json_integer(i);
    }
    case KC_FIELD_TIME: {
        int64_t ms = *(const int64_t *)(const void *)p;
        *ret_absent = ms == 0;
        return time_text(ms);
    }
    case KC_FIELD_ENUM: {
        int i;
        memcpy(&i, p, sizeof i);
        *ret_absent = !*f->names[i];
        return text(f->names[i]);
    }
    case KC_FIELD_STRINGS:
        v = strings((const struct kc_strs *)(const void *)p);
        break;
    case KC_FIELD_EXTRAS:
        v = encode_extras(f, base);
        break;
    case KC_FIELD_LABELS:
        v = encode_labels(f, base);
        break;
    case KC_FIELD_OBJECT:
    case KC_FIELD_INLINE: /* absent when every field in it is, although its required ones would be written */
        *ret_absent =
            f->presence ? !*(const bool *)(const void *)(base + f->count_offset) : is_absent_table(f->table, p);
        return kc_table_encode(f->table, p);
    case KC_FIELD_OBJECTS:
        v = encode_objects(f, base);
        break;
    case KC_FIELD_CONDITIONS:
        v = encode_conditions(f, base);
        break;
    }
    *ret_absent = json_array_size(v) + json_object_size(v) == 0;
    return v;
}

static bool is_absent_table(const struct kc_table *t, const char *base)
{
    for (size_t i = 0; i < t->n; i++) {
        bool absent;
        json_decref(encode_field(&t->fields[i], base, &absent));
        if (!absent)
            return false;
    }
    return true;
}

json_t *kc_table_encode(const struct kc_table *t, const void *object)
{
    json_t *out = json_object();
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_field *f = &t->fields[i];
        bool absent;
        json_t *v = encode_field(f, object, &absent);
        if (f->kind == KC_FIELD_INLINE)
            json_object_update(out, v);
        if (f->kind == KC_FIELD_INLINE || (absent && !f->required))
            json_decref(v);
        else
            json_object_set_new(out, f->name, v);
    }
    return out;
}
