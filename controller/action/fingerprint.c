/* One digest for a whole object, but for what moves by itself. */
#include <string.h>

#include "controller/action/record.h"
#include "controller/base/digest.h"

static json_t *copy(struct kc_arena *a, const json_t *v, size_t depth);

/* Canonical JSON has no fractions, no numbers beyond 2^53-1 and no NUL in strings; clusters have. Each becomes a string
 * that says what it was. */
static json_t *copy_scalar(struct kc_arena *a, const json_t *v)
{
    if (json_is_real(v))
        return json_string(kc_arena_printf(a, "real:%.17g", json_real_value(v)));
    if (json_is_integer(v) && (json_integer_value(v) > KC_JSON_INT_MAX || json_integer_value(v) < -KC_JSON_INT_MAX))
        return json_string(kc_arena_printf(a, "integer:%" JSON_INTEGER_FORMAT, json_integer_value(v)));
    if (json_is_string(v) && memchr(json_string_value(v), 0, json_string_length(v)))
        return json_string(
            kc_arena_printf(a, "nul:%s", kc_digest_string(a, json_string_value(v), json_string_length(v))));
    return json_incref((json_t *)(uintptr_t)v);
}

static json_t *copy_object(struct kc_arena *a, const json_t *v, size_t depth)
{
    json_t *out = json_object(), *from = (json_t *)(uintptr_t)v; /* jansson's iterators are not const */
    for (void *i = json_object_iter(from); i; i = json_object_iter_next(from, i)) {
        const char *key = json_object_iter_key(i);
        size_t len = json_object_iter_key_len(i);
        if (memchr(key, 0, len)) {
            key = kc_arena_printf(a, "nul:%s", kc_digest_string(a, key, len));
            len = strlen(key);
        }
        json_object_setn_new_nocheck(out, key, len, copy(a, json_object_iter_value(i), depth + 1));
    }
    return out;
}

static json_t *copy(struct kc_arena *a, const json_t *v, size_t depth)
{
    if (depth > KC_JSON_DEPTH || (!json_is_object(v) && !json_is_array(v)))
        return copy_scalar(a, v); /* what is too deep fails with its path in the canonical form */
    if (json_is_object(v))
        return copy_object(a, v, depth);
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(v); i++)
        json_array_append_new(out, copy(a, json_array_get(v, i), depth + 1));
    return out;
}

const char *kc_object_fingerprint(struct kc_arena *a, const json_t *object, struct kc_err *err)
{
    static const char *const moving[] = {"managedFields", "resourceVersion", "generation"};
    KC_JSON_SCOPE *o = copy(a, object, 0);
    json_t *meta = json_object_get(o, "metadata");
    json_object_del(o, "status");
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
        json_object_del(meta, moving[i]);
    size_t len;
    const char *bytes = kc_json_canonical_in(a, o, &len, err);
    if (!bytes)
        return kc_wrap(err, "fingerprint"), NULL;
    return kc_digest_string(a, bytes, len);
}
