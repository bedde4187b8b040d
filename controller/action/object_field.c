/* The value at the path of a change, found again in an object that was read later. */
#include <string.h>

#include "controller/action/changes.h"
#include "controller/action/record.h"

/* Where a path leads: the value, and the name of the member that holds it, which tells how its items are told apart. */
struct place {
    const json_t *v;
    const char *name;
};

/* ["odd]key"] */
static bool quoted_member(struct kc_arena *a, const char **path, struct place *at)
{
    json_error_t end;
    json_t *key = json_loads(*path, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &end);
    if (!json_is_string(key) || (*path)[end.position] != ']') {
        json_decref(key);
        return false;
    }
    at->v = json_object_getn(at->v, json_string_value(key), json_string_length(key));
    at->name = kc_arena_strdup(a, json_string_value(key));
    *path += end.position + 1;
    json_decref(key);
    return true;
}

/* [key=value] or [number] of a list, [key] or ["key"] of an object. */
static bool bracket(struct kc_arena *a, const char **path, struct place *at)
{
    const char *text = *path, *close = strchr(text, ']');
    size_t len;
    int64_t index;
    if (!close)
        return false;
    if (json_is_array(at->v)) {
        const char *number = kc_arena_strndup(a, text, (size_t)(close - text));
        const json_t *item = kc_list_item_named(a, at->name, at->v, text, &len);
        if (!item && kc_parse_int(number, 0, INT32_MAX, &index)) {
            item = json_array_get(at->v, (size_t)index);
            len = (size_t)(close - text);
        }
        *at = (struct place){item, ""};
        *path = item ? text + len + 1 : close + 1;
        return true;
    }
    if (*text == '"')
        return quoted_member(a, path, at);
    at->name = kc_arena_strndup(a, text, (size_t)(close - text));
    at->v = json_object_get(at->v, at->name);
    *path = close + 1;
    return true;
}

static bool step(struct kc_arena *a, const char **path, struct place *at)
{
    if (**path == '[') {
        (*path)++;
        return bracket(a, path, at);
    }
    *path += **path == '.';
    size_t len = strcspn(*path, ".[");
    at->name = kc_arena_strndup(a, *path, len);
    at->v = json_object_get(at->v, at->name);
    *path += len;
    return len > 0;
}

const char *kc_object_field(struct kc_arena *a, const json_t *object, const char *path)
{
    struct place at = {kc_object_completed(a, object), ""};
    const char *p = path, *order;
    while (*p && at.v)
        if (!step(a, &p, &at))
            return "";
    order = json_is_array(at.v) ? kc_list_order(a, at.name, at.v) : NULL;
    if (order)
        return order;
    if (json_object_size(at.v) || json_array_size(at.v))
        return json_is_object(at.v) ? "{...}" : "[...]"; /* only empty ones have a change of their own */
    return kc_value_show(a, kc_object_is_secret(object), path, at.v);
}
