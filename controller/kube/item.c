#include "controller/kube/item.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/kube/reflector.h"

#define KEPT_MAX 65536 /* bytes of strings and arrays of one object */

/* The strings that stand in the struct. */
static const size_t members[] = {
    offsetof(struct kc_item, ns),        offsetof(struct kc_item, owner_kind), offsetof(struct kc_item, owner_name),
    offsetof(struct kc_item, owner_uid), offsetof(struct kc_item, status),     offsetof(struct kc_item, node),
    offsetof(struct kc_item, schedule),
};

/* The arrays behind it: each element is so many strings, and nothing but strings. */
static const struct {
    size_t array, count, strings;
} arrays[] = {
    {offsetof(struct kc_item, labels), offsetof(struct kc_item, n_labels), 2},
    {offsetof(struct kc_item, containers), offsetof(struct kc_item, n_containers), 2},
    {offsetof(struct kc_item, selector), offsetof(struct kc_item, n_selector), 3},
    {offsetof(struct kc_item, refs), offsetof(struct kc_item, n_refs), 2},
};
#define N_MEMBERS (sizeof(members) / sizeof(members[0]))
#define N_ARRAYS  (sizeof(arrays) / sizeof(arrays[0]))

_Static_assert(sizeof(struct kc_label) == 2 * sizeof(char *) && sizeof(struct kc_container_ref) == 2 * sizeof(char *) &&
                   sizeof(struct kc_requirement) == 3 * sizeof(char *) &&
                   sizeof(struct kc_object_ref) == 2 * sizeof(char *),
               "array elements are strings and nothing else");

static const char **member(struct kc_item *i, size_t k)
{
    return (const char **)((char *)i + members[k]);
}

static const char **array(const struct kc_item *i, size_t k)
{
    const char **v;

    memcpy(&v, (const char *)i + arrays[k].array, sizeof(v));
    return v;
}

static void set_array(struct kc_item *i, size_t k, const char **v)
{
    memcpy((char *)i + arrays[k].array, &v, sizeof(v));
}

/* Strings in the array. */
static size_t array_len(const struct kc_item *i, size_t k)
{
    return *(const uint16_t *)((const char *)i + arrays[k].count) * arrays[k].strings;
}

static size_t length(const char *s)
{
    return s ? strlen(s) : 0;
}

/* Bytes to be kept, with the strings as if they were shared with nobody. */
static size_t weigh(struct kc_item *i)
{
    size_t n = 0;

    for (size_t k = 0; k < N_MEMBERS; k++)
        n += length(*member(i, k));
    for (size_t k = 0; k < N_ARRAYS; k++)
        for (size_t j = 0; j < array_len(i, k); j++)
            n += length(array(i, k)[j]) + sizeof(char *);
    return n;
}

static void release(void *data)
{
    struct kc_item *i = data;

    for (size_t k = 0; k < N_MEMBERS; k++)
        kc_intern_put(i->strings, *member(i, k));
    for (size_t k = 0; k < N_ARRAYS; k++)
        for (size_t j = 0; j < array_len(i, k); j++)
            kc_intern_put(i->strings, array(i, k)[j]);
    kc_intern_unref(i->strings);
}

struct kc_record *kc_item_pack(struct kc_intern *strings, const struct kc_item *item, const char *ns, const char *name,
                               const char *uid, const char *resource_version, struct kc_err *err)
{
    struct kc_item from = *item;
    char key[KC_KEY_CAP];
    size_t n = 0;
    void *data;

    if (!kc_record_key(ns, name, uid, resource_version, key, err))
        return NULL;
    if (!kc_utf8_valid(key, strlen(key), NULL)) {
        kc_fail(err, KC_INVALID, "BadMetadata", "metadata.name or metadata.namespace is not UTF-8");
        return NULL;
    }
    from.ns = ns;
    if (weigh(&from) > KEPT_MAX) {
        kc_fail(err, KC_INVALID, "TooLarge", "its labels, images and selectors are larger than %d bytes", KEPT_MAX);
        return NULL;
    }
    for (size_t k = 0; k < N_ARRAYS; k++)
        n += array_len(&from, k);

    struct kc_record *r =
        kc_record_alloc(key, uid, resource_version, sizeof(from) + n * sizeof(char *), release, &data);
    struct kc_item *to = data;
    const char **tail = (const char **)(to + 1);

    *to = from;
    to->strings = kc_intern_ref(strings);
    to->name = r->name;
    for (size_t k = 0; k < N_MEMBERS; k++)
        *member(to, k) = kc_intern_get(strings, *member(&from, k));
    for (size_t k = 0; k < N_ARRAYS; k++) {
        set_array(to, k, tail);
        for (size_t j = 0; j < array_len(&from, k); j++)
            *tail++ = kc_intern_get(strings, array(&from, k)[j]);
    }
    return r;
}
