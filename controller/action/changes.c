/* The difference of two objects, field by field. */
#include "controller/action/changes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/action/record.h"
#include "controller/base/digest.h"

#define LONG_VALUE 256 /* bytes; longer ones are cut */
#define SHORT_HEX  12  /* digits of a digest that stands for a value */
#define EACH(obj)                                                                                                      \
    void *each_i = json_object_iter(obj);                                                                              \
    each_i;                                                                                                            \
    each_i = json_object_iter_next(obj, each_i)

struct differ {
    struct kc_arena *a;
    struct kc_change *v;
    size_t n, cap;
    bool secret_kind;
};

/* Never part of a difference: they move by themselves, or repeat the object. */
static const char *const ignored[] = {
    "status",
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
    NULL,
};

static bool is_ignored(const char *path)
{
    for (size_t i = 0; ignored[i]; i++)
        if (KC_STREQ(ignored[i], path))
            return true;
    return false;
}

static const char *digest_of(struct kc_arena *a, const void *p, size_t len)
{
    uint8_t sum[KC_SHA256_LEN];
    char hex[KC_HEX_LEN];
    kc_sha256(sum, p, len);
    return kc_arena_printf(a, "sha256:%.*s", SHORT_HEX, kc_hex(hex, sum, sizeof sum));
}

static const char *show_text(struct kc_arena *a, const json_t *v)
{
    const char *s = json_string_value(v);
    size_t len = json_string_length(v), keep = LONG_VALUE;
    if (!len)
        return "\"\"";
    if (len <= LONG_VALUE && !memchr(s, 0, len))
        return kc_arena_strdup(a, s);
    if (keep > len)
        keep = len;
    while (keep && keep < len && ((unsigned char)s[keep] & 0xC0) == 0x80)
        keep--;
    return kc_arena_printf(a, "%s... (%zu bytes, %s)", kc_arena_strndup(a, s, keep), len, digest_of(a, s, len));
}

const char *kc_scalar_show(struct kc_arena *a, const json_t *v)
{
    if (!v || json_is_null(v))
        return "";
    if (json_is_string(v))
        return show_text(a, v);
    if (json_is_integer(v))
        return kc_arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    if (json_is_real(v))
        return kc_arena_printf(a, "%.17g", json_real_value(v));
    if (json_is_boolean(v))
        return json_is_true(v) ? "true" : "false";
    return json_is_object(v) ? "{}" : "[]"; /* only empty ones have a change of their own */
}

/* In, or the whole of, data or stringData. */
static bool in_secret(const char *path)
{
    size_t len = strcspn(path, ".[");
    return (len == strlen("data") && kc_str_starts(path, "data")) ||
           (len == strlen("stringData") && kc_str_starts(path, "stringData"));
}

/* A digest of the value for a person to see that it moved. */
const char *kc_value_show(struct kc_arena *a, bool of_secret, const char *path, const json_t *v)
{
    if (!v || json_is_null(v) || !of_secret || !in_secret(path))
        return kc_scalar_show(a, v);
    char *bytes = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    const char *shown = digest_of(a, kc_or(bytes, ""), bytes ? strlen(bytes) : 0);
    free(bytes);
    return shown;
}

static const char *show(const struct differ *d, const char *path, const json_t *v)
{
    return kc_value_show(d->a, d->secret_kind, path, v);
}

static void emit(struct differ *d, const char *path, const char *from, const char *to)
{
    if (d->n == d->cap) {
        struct kc_change *old = d->v;
        d->cap = d->cap ? d->cap * 2 : 8;
        d->v = kc_arena_array(d->a, d->cap, sizeof *d->v);
        if (d->n)
            memcpy(d->v, old, d->n * sizeof *d->v);
    }
    d->v[d->n++] = (struct kc_change){.path = path, .from = from, .to = to};
}

static void emit_values(struct differ *d, const char *path, const json_t *before, const json_t *after)
{
    const char *from = show(d, path, before), *to = show(d, path, after);
    /* The text 5 and the number 5. */
    if (KC_STREQ(from, to)) {
        if (json_is_string(before))
            from = kc_arena_printf(d->a, "\"%s\"", from);
        if (json_is_string(after))
            to = kc_arena_printf(d->a, "\"%s\"", to);
    }
    emit(d, path, from, to);
}

static bool is_plain(const char *key)
{
    for (; *key; key++)
        if (!isalnum((unsigned char)*key) && *key != '_' && *key != '-')
            return false;
    return true;
}

const char *kc_path_member(struct kc_arena *a, const char *path, const char *key)
{
    if (*key && is_plain(key))
        return *path ? kc_arena_printf(a, "%s.%s", path, key) : kc_arena_strdup(a, key);
    if (*key && !strpbrk(key, "[]=\""))
        return kc_arena_printf(a, "%s[%s]", path, key);
    KC_BUF_SCOPE quoted = {0};
    kc_json_quote(&quoted, key, strlen(key));
    return kc_arena_printf(a, "%s[%s]", path, kc_buf_str(&quoted));
}

static void compare(struct differ *d, const char *path, const json_t *before, const json_t *after);

static void compare_members(struct differ *d, const char *path, const json_t *before, const json_t *after)
{
    json_t *x = (json_t *)(uintptr_t)before, *y = (json_t *)(uintptr_t)after; /* jansson's iterators are not const */
    for (EACH(x)) {
        const char *key = json_object_iter_key(each_i);
        compare(d, kc_path_member(d->a, path, key), json_object_iter_value(each_i), json_object_get(after, key));
    }
    for (EACH(y)) {
        const char *key = json_object_iter_key(each_i);
        if (!json_object_get(before, key))
            compare(d, kc_path_member(d->a, path, key), NULL, json_object_iter_value(each_i));
    }
}

static const json_t *item(const json_t *list, size_t i)
{
    return json_array_get(list, i);
}

static void compare_by_index(struct differ *d, const char *path, const json_t *before, const json_t *after)
{
    size_t nb = json_array_size(before), na = json_array_size(after);
    for (size_t i = 0; i < nb || i < na; i++)
        compare(d, kc_arena_printf(d->a, "%s[%zu]", path, i), item(before, i), item(after, i));
}

/* The names of the items both lists have, in the order of list: initContainers run in theirs. */
static const char *order_of(struct differ *d, const struct kc_list_key *k, const json_t *list, const json_t *other)
{
    KC_BUF_SCOPE out = {0};
    for (size_t i = 0; i < json_array_size(list); i++)
        if (kc_list_key_find(k, other, item(list, i)))
            kc_buf_printf(&out, "%s%s", out.len ? ", " : "", kc_list_key_show(d->a, k, item(list, i)));
    return kc_arena_strdup(d->a, kc_buf_str(&out));
}

static void compare_by_key(struct differ *d, const char *path, const struct kc_list_key *k, const json_t *before,
                           const json_t *after)
{
    for (size_t i = 0; i < json_array_size(before); i++) {
        const json_t *x = item(before, i);
        compare(d, kc_arena_printf(d->a, "%s[%s]", path, kc_list_key_show(d->a, k, x)), x,
                kc_list_key_find(k, after, x));
    }
    for (size_t i = 0; i < json_array_size(after); i++) {
        const json_t *y = item(after, i);
        if (!kc_list_key_find(k, before, y))
            compare(d, kc_arena_printf(d->a, "%s[%s]", path, kc_list_key_show(d->a, k, y)), NULL, y);
    }
    const char *from = order_of(d, k, before, after), *to = order_of(d, k, after, before);
    if (!KC_STREQ(from, to))
        emit(d, path, from, to);
}

static bool is_parent(const json_t *v)
{
    return json_object_size(v) > 0 || json_array_size(v) > 0;
}

static void compare(struct differ *d, const char *path, const json_t *before, const json_t *after)
{
    struct kc_list_key key;
    bool lists = (!before || json_is_array(before)) && (!after || json_is_array(after));
    bool objects = (!before || json_is_object(before)) && (!after || json_is_object(after));
    if (is_ignored(path) || json_equal(before, after) || (!before && json_is_null(after)) ||
        (!after && json_is_null(before)))
        return;
    if (!is_parent(before) && !is_parent(after))
        emit_values(d, path, before, after);
    else if (objects)
        compare_members(d, path, before, after);
    else if (lists && kc_list_key_of(path, before, after, &key))
        compare_by_key(d, path, &key, before, after);
    else if (lists)
        compare_by_index(d, path, before, after);
    else { /* one kind of value in place of another */
        compare(d, path, before, NULL);
        compare(d, path, NULL, after);
    }
}

/* What the API server leaves out of an object although it has a meaning. */
static const struct {
    const char *kind, *parent, *field;
    int value;
} left_out[] = {
    {"Scale", "spec", "replicas", 0},
};

/* The object with such values in their places; borrowed or owned by the arena. */
const json_t *kc_object_completed(struct kc_arena *a, const json_t *object)
{
    const char *kind = kc_or(kc_json_str(object, "kind"), "");
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        const json_t *parent = kc_json_at(object, left_out[i].parent);
        if (!KC_STREQ(kind, left_out[i].kind) || json_object_get(parent, left_out[i].field))
            continue;
        json_t *copy = json_copy((json_t *)(uintptr_t)object);
        json_t *inner = parent ? json_copy((json_t *)(uintptr_t)parent) : json_object();
        json_object_set_new(inner, left_out[i].field, json_integer(left_out[i].value));
        json_object_set_new(copy, left_out[i].parent, inner);
        kc_arena_defer(a, (void (*)(void *))json_decref, copy);
        return copy;
    }
    return object;
}

static int by_path(const void *a, const void *b)
{
    const struct kc_change *x = a, *y = b;
    return strcmp(x->path, y->path);
}

bool kc_object_is_secret(const json_t *object)
{
    return KC_STREQ(kc_or(kc_json_str(object, "kind"), ""), "Secret");
}

size_t kc_changes_between(struct kc_arena *a, const json_t *before, const json_t *after, struct kc_change **ret)
{
    struct differ d = {.a = a, .secret_kind = kc_object_is_secret(before) || kc_object_is_secret(after)};
    compare(&d, "", kc_object_completed(a, before), kc_object_completed(a, after));
    if (d.n)
        qsort(d.v, d.n, sizeof *d.v, by_path);
    *ret = d.v;
    return d.n;
}
