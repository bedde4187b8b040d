#include "controller/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"

/* jansson would recurse to 2048 levels. Strings are skipped; whether the rest is JSON is for the parser to say. */
static bool nesting_fits(const char *bytes, size_t len, const char *what, struct kc_err *err)
{
    size_t depth = 0, line = 1, line_start = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > KC_JSON_DEPTH)
                return kc_fail(err, KC_INVALID, "InvalidJSON", "%s: line %zu, column %zu: nested deeper than %d levels",
                               what, line, i - line_start + 1, KC_JSON_DEPTH);
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        } else if (c == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    return true;
}

json_t *kc_json_parse(const char *bytes, size_t len, size_t max_bytes, const char *what, struct kc_err *err)
{
    if (len > max_bytes) {
        kc_fail(err, KC_INVALID, "TooLarge", "%s: %zu bytes, at most %zu are allowed", what, len, max_bytes);
        return NULL;
    }
    if (!len) {
        kc_fail(err, KC_INVALID, "InvalidJSON", "%s: empty, a JSON object or array was expected", what);
        return NULL;
    }
    if (!nesting_fits(bytes, len, what, err))
        return NULL;
    json_error_t e;
    json_t *v = json_loadb(bytes, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &e);
    if (v)
        return v;
    /* jansson quotes the token, which may be part of a secret; the name of a duplicate is needed and is none. */
    char *quoted = strstr(e.text, " near ");
    if (quoted && json_error_code(&e) != json_error_duplicate_key)
        *quoted = '\0';
    kc_fail(err, KC_INVALID, "InvalidJSON", "%s: line %d, column %d: %s", what, e.line, e.column, e.text);
    return NULL;
}

static void release(void *v)
{
    json_decref(v);
}

json_t *kc_json_parse_in(struct kc_arena *a, const char *bytes, size_t len, size_t max_bytes, const char *what,
                         struct kc_err *err)
{
    json_t *v = kc_json_parse(bytes, len, max_bytes, what, err);
    if (v)
        kc_arena_defer(a, release, v);
    return v;
}

json_t *kc_json_at(const json_t *obj, const char *path)
{
    const json_t *v = obj;
    while (v && path && *path) {
        size_t len = strcspn(path, ".");
        v = json_object_getn(v, path, len);
        path += len + (path[len] == '.');
    }
    return (json_t *)(uintptr_t)v;
}

static const char *c_string(const json_t *v)
{
    const char *s = json_string_value(v);
    return s && strlen(s) == json_string_length(v) ? s : NULL;
}

const char *kc_json_str(const json_t *obj, const char *path)
{
    return c_string(kc_json_at(obj, path));
}

int64_t kc_json_int(const json_t *obj, const char *path, int64_t otherwise)
{
    const json_t *v = kc_json_at(obj, path);
    return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

bool kc_json_bool(const json_t *obj, const char *path, bool otherwise)
{
    const json_t *v = kc_json_at(obj, path);
    return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

const char *kc_json_map_get(const json_t *obj, const char *path, const char *key)
{
    return c_string(json_object_get(kc_json_at(obj, path), key));
}

static void put_escape(struct kc_buf *out, unsigned char c)
{
    static const char names[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (c == '"' || c == '\\')
        kc_buf_add(out, (const char[]){'\\', (char)c}, 2);
    else if (c < sizeof names && names[c])
        kc_buf_add(out, (const char[]){'\\', names[c]}, 2);
    else
        kc_buf_printf(out, "\\u%04x", c);
}

void kc_json_quote(struct kc_buf *out, const char *s, size_t len)
{
    size_t plain = 0; /* start of what has not been written yet */
    kc_buf_putc(out, '"');
    for (size_t i = 0, n; i < len; i += n) {
        unsigned char c = (unsigned char)s[i];
        uint32_t point;
        n = c < 0x80 ? 1 : kc_utf8_decode(s + i, len - i, &point);
        if (n && c >= 0x20 && c != '"' && c != '\\')
            continue;
        kc_buf_add(out, s + plain, i - plain);
        if (n) {
            put_escape(out, c);
        } else {
            kc_buf_puts(out, "\xEF\xBF\xBD");
            n = 1;
        }
        plain = i + n;
    }
    kc_buf_add(out, s + plain, len - plain);
    kc_buf_putc(out, '"');
}

/* Where a value is, for messages: a chain of names on the stack. */
struct place {
    const struct place *parent; /* NULL: the whole value */
    const char *name;           /* NULL: an array's item */
    size_t name_len, index, depth;
};

static void put_place(struct kc_buf *out, const struct place *at)
{
    if (!at->parent)
        return;
    put_place(out, at->parent);
    if (!at->name)
        kc_buf_printf(out, "[%zu]", at->index);
    else
        kc_buf_printf(out, "%s%.*s", at->parent->parent ? "." : "", at->name_len < 64 ? (int)at->name_len : 64,
                      at->name);
}

static bool refuse(struct kc_err *err, const struct place *at, const char *why)
{
    KC_BUF_SCOPE path = {.limit = 512};
    put_place(&path, at);
    return kc_fail(err, KC_INVALID, "NotCanonical", "%s: %s", path.len ? kc_buf_str(&path) : "value", why);
}

static bool put_value(const json_t *v, const struct place *at, struct kc_buf *out, struct kc_err *err);

static bool put_string(const char *s, size_t len, const struct place *at, struct kc_buf *out, struct kc_err *err)
{
    if (memchr(s, 0, len))
        return refuse(err, at, "a string with a NUL character has no canonical form");
    if (!kc_utf8_valid(s, len, NULL))
        return refuse(err, at, "a string that is not valid UTF-8 has no canonical form");
    kc_json_quote(out, s, len);
    return true;
}

static bool put_array(const json_t *v, const struct place *at, struct kc_buf *out, struct kc_err *err)
{
    kc_buf_putc(out, '[');
    for (size_t i = 0; i < json_array_size(v); i++) {
        struct place item = {.parent = at, .index = i, .depth = at->depth + 1};
        if (i)
            kc_buf_putc(out, ',');
        if (!put_value(json_array_get(v, i), &item, out, err))
            return false;
    }
    kc_buf_putc(out, ']');
    return true;
}

struct member {
    const char *name;
    size_t len;
    const json_t *value;
};

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = memcmp(x->name, y->name, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static bool put_members(const struct member *members, size_t n, const struct place *at, struct kc_buf *out,
                        struct kc_err *err)
{
    kc_buf_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        struct place item = {.parent = at, .name = members[i].name, .name_len = members[i].len, .depth = at->depth + 1};
        if (i)
            kc_buf_putc(out, ',');
        if (!put_string(members[i].name, members[i].len, &item, out, err))
            return false;
        kc_buf_putc(out, ':');
        if (!put_value(members[i].value, &item, out, err))
            return false;
    }
    kc_buf_putc(out, '}');
    return true;
}

static bool put_object(const json_t *v, const struct place *at, struct kc_buf *out, struct kc_err *err)
{
    size_t n = 0, size = json_object_size(v);
    struct member *members = calloc(size + 1, sizeof *members);
    if (!members)
        abort();
    json_t *obj = (json_t *)(uintptr_t)v; /* jansson's iterators are not const */
    for (void *i = json_object_iter(obj); i; i = json_object_iter_next(obj, i))
        members[n++] = (struct member){json_object_iter_key(i), json_object_iter_key_len(i), json_object_iter_value(i)};
    qsort(members, n, sizeof *members, by_name);
    bool ok = put_members(members, n, at, out, err);
    free(members);
    return ok;
}

static bool put_value(const json_t *v, const struct place *at, struct kc_buf *out, struct kc_err *err)
{
    if ((json_is_object(v) || json_is_array(v)) && at->depth >= KC_JSON_DEPTH)
        return refuse(err, at, "nested too deeply for a canonical form");
    if (json_is_object(v))
        return put_object(v, at, out, err);
    if (json_is_array(v))
        return put_array(v, at, out, err);
    if (json_is_string(v))
        return put_string(json_string_value(v), json_string_length(v), at, out, err);
    if (json_is_integer(v)) {
        json_int_t n = json_integer_value(v);
        if (n > KC_JSON_INT_MAX || n < -KC_JSON_INT_MAX)
            return refuse(err, at, "an integer beyond 2^53-1 has no canonical form: write it as a string");
        kc_buf_printf(out, "%" JSON_INTEGER_FORMAT, n);
        return true;
    }
    if (json_is_real(v))
        return refuse(err, at, "a number with a fraction or exponent has no canonical form: write it as a string");
    kc_buf_puts(out, json_is_null(v) ? "null" : json_is_true(v) ? "true" : "false");
    return true;
}

bool kc_json_canonical(const json_t *v, struct kc_buf *out, struct kc_err *err)
{
    struct place top = {0};
    if (!v)
        return kc_fail(err, KC_INVALID, "NotCanonical", "value: absent");
    if (!put_value(v, &top, out, err))
        return false;
    if (out->overflow)
        return kc_fail(err, KC_INVALID, "TooLarge", "the canonical form is longer than %zu bytes", out->limit);
    return true;
}

char *kc_json_canonical_in(struct kc_arena *a, const json_t *v, size_t *ret_len, struct kc_err *err)
{
    KC_BUF_SCOPE out = {0};
    if (!kc_json_canonical(v, &out, err))
        return NULL;
    if (ret_len)
        *ret_len = out.len;
    return kc_arena_memdup(a, kc_buf_str(&out), out.len + 1);
}

static int as_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

const char **kc_json_names(const json_t *object)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof *names), *name;
    json_t *value;
    size_t n = 0;
    if (!names)
        abort();
    json_object_foreach((json_t *)(uintptr_t)object, name, value) names[n++] = name;
    qsort(names, n, sizeof *names, as_text);
    return names;
}
