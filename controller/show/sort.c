/* kubectl get --sort-by: by the first value that a path finds in each object. */
#include <stdlib.h>
#include <string.h>

#include "controller/show/jsonpath.h"
#include "controller/show/quantity.h"
#include "controller/show/show.h"

struct sortable {
    const json_t *key; /* NULL: the object has none; those come first */
    size_t at;         /* equal keys keep the server's order */
};

/* Strings that are both quantities are compared as such: 2 before 10, 900m before 1. */
static int compare_strings(const char *x, const char *y)
{
    if (kc_quantity_valid(x) && kc_quantity_valid(y)) {
        int64_t a = kc_quantity_milli(x), b = kc_quantity_milli(y);
        return (a > b) - (a < b);
    }
    return strcmp(x, y);
}

static int by_key(const void *x, const void *y)
{
    const struct sortable *a = x, *b = y;
    int order = 0;

    if (json_is_number(a->key) && json_is_number(b->key))
        order = (json_number_value(a->key) > json_number_value(b->key)) -
                (json_number_value(a->key) < json_number_value(b->key));
    else if (json_is_string(a->key) && json_is_string(b->key))
        order = compare_strings(json_string_value(a->key), json_string_value(b->key));
    else
        order = (a->key != NULL) - (b->key != NULL);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static bool find_key(struct kc_arena *a, const struct kc_jsonpath *path, const json_t *object, const json_t **ret,
                     struct kc_err *err)
{
    struct kc_findings found;

    *ret = NULL;
    if (!kc_jsonpath_find(a, path, object, true, &found, err))
        return false;
    if (!found.n || !found.v[0].n || json_is_null(found.v[0].v[0]))
        return true;
    *ret = found.v[0].v[0];
    return json_is_number(*ret) || json_is_string(*ret) ||
           kc_fail(err, KC_INVALID, "BadFlag", "--sort-by: what stands there is neither a number nor a text");
}

const size_t *kc_show_order(struct kc_arena *a, const json_t *const *objects, size_t n, const char *sort_by,
                            struct kc_err *err)
{
    const char *text = kc_jsonpath_relaxed(a, sort_by, err);
    const struct kc_jsonpath *path = text ? kc_jsonpath_parse(a, text, err) : NULL;
    struct sortable *keys = kc_arena_array(a, n + 1, sizeof *keys);
    size_t *order = kc_arena_array(a, n + 1, sizeof *order), with_key = 0;

    if (!path)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        keys[i].at = i;
        if (!find_key(a, path, objects[i], &keys[i].key, err))
            return NULL;
        with_key += keys[i].key != NULL;
    }
    if (n > 1 && !with_key) {
        kc_fail(err, KC_INVALID, "BadFlag", "couldn't find any field with path \"%.128s\" in the list of objects",
                text);
        return NULL;
    }
    if (n)
        qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 0; i < n; i++)
        order[i] = keys[i].at;
    return order;
}

bool kc_show_sort_items(struct kc_arena *a, json_t *list, const char *sort_by, struct kc_err *err)
{
    json_t *items = json_object_get(list, "items"), *item;
    size_t n = json_array_size(items), i;
    const json_t **objects = kc_arena_array(a, n + 1, sizeof *objects);

    if (!items)
        return true;
    json_array_foreach(items, i, item) objects[i] = item;
    const size_t *order = kc_show_order(a, objects, n, sort_by, err);
    if (!order)
        return false;
    json_t *sorted = json_array();
    for (i = 0; i < n; i++)
        json_array_append(sorted, json_array_get(items, order[i]));
    json_object_set_new(list, "items", sorted);
    return true;
}
