/* metadata.managedFields: who wrote a field last (fieldsV1: "f:" members, "k:" items by their keys). */
#include <string.h>

#include "controller/action/changes.h"
#include "controller/action/restore.h"

/* "name=web" or "port=53,protocol=UDP" as fieldsV1 writes an item's key; numbers stay numbers. */
static const char *item_key(struct kc_arena *a, const char *text, size_t len)
{
    char *copy = kc_arena_strndup(a, text, len), *rest = copy;
    KC_JSON_SCOPE *key = json_object();
    for (char *part; (part = strsep(&rest, ","));) {
        char *equals = strchr(part, '=');
        int64_t number;
        if (!equals)
            return NULL;
        *equals = '\0';
        json_object_set_new(key, part,
                            kc_parse_int(equals + 1, INT64_MIN, INT64_MAX, &number) ? json_integer(number)
                                                                                    : json_string(equals + 1));
    }
    size_t size;
    const char *shown = kc_json_canonical_in(a, key, &size, NULL);
    return shown ? kc_arena_printf(a, "k:%s", shown) : NULL;
}

static const json_t *member(struct kc_arena *a, const json_t *fields, const char *name, size_t len)
{
    return json_object_get(fields, kc_arena_printf(a, "f:%.*s", (int)len, name));
}

/* How far fields know the path: the number of its steps; *ret_whole: all of them. */
static size_t depth_of(struct kc_arena *a, const json_t *fields, const char *path, bool *ret_whole)
{
    size_t depth = 0;
    while (*path && fields) {
        size_t len;
        const json_t *next;
        if (*path == '[') {
            const char *key;
            path++;
            len = strcspn(path, "]");
            next = member(a, fields, path, len);
            if (!next && (key = item_key(a, path, len)))
                next = json_object_get(fields, key);
            path += len + (path[len] == ']');
        } else {
            path += *path == '.';
            len = strcspn(path, ".[");
            next = member(a, fields, path, len);
            path += len;
        }
        depth += next != NULL;
        if (!next || (!json_object_size(next) && *path)) { /* a list or map that has one owner */
            *ret_whole = next != NULL;
            return depth;
        }
        fields = next;
    }
    *ret_whole = true;
    return depth;
}

void kc_field_writer(struct kc_arena *a, const json_t *object, const char *path, const char **ret_manager,
                     const char **ret_time)
{
    const json_t *entries = kc_json_at(object, "metadata.managedFields");
    size_t best = 0;
    *ret_manager = *ret_time = "";
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *e = json_array_get(entries, i);
        const char *time = kc_or(kc_json_str(e, "time"), "");
        bool whole = false;
        size_t depth = depth_of(a, kc_json_at(e, "fieldsV1"), path, &whole);
        if (!whole || depth < best || KC_STREQ(kc_or(kc_json_str(e, "subresource"), ""), "status") ||
            (depth == best && strcmp(time, *ret_time) <= 0))
            continue;
        best = depth;
        *ret_manager = kc_arena_strdup(a, kc_or(kc_json_str(e, "manager"), ""));
        *ret_time = kc_arena_strdup(a, time);
    }
}
