/* changes: pieces of the field-level difference. Private to action. */
#pragma once

#include "controller/base/json.h"

/* A scalar as a person reads it; "" for absent, "{}" and "[]" for empty parents. */
const char *kc_scalar_show(struct kc_arena *a, const json_t *v);

/* The same for the value at a path of an object: a Secret's values as short digests. */
const char *kc_value_show(struct kc_arena *a, bool of_secret, const char *path, const json_t *v);

bool kc_object_is_secret(const json_t *object);
/* The object with the values in their places that the API server leaves out; borrowed or owned by the arena. */
const json_t *kc_object_completed(struct kc_arena *a, const json_t *object);

/* "labels.app", "labels[example.com/tier]", "labels[\"odd]key\"]" */
const char *kc_path_member(struct kc_arena *a, const char *path, const char *key);

/* By which members the items of a list are told apart; second may be NULL. */
struct kc_list_key {
    const char *first, *second;
};

/* The key of the list at path, when every item of both lists has it and no two share it. */
bool kc_list_key_of(const char *path, const json_t *before, const json_t *after, struct kc_list_key *ret);
/* "name=web", "port=53,protocol=UDP" */
const char *kc_list_key_show(struct kc_arena *a, const struct kc_list_key *k, const json_t *item);
/* The item of list that has like's key; NULL: none. */
const json_t *kc_list_key_find(const struct kc_list_key *k, const json_t *list, const json_t *like);
/* The item of the list called name that text, which goes on behind it, begins with ("name=web].image"); *ret_len is the
 * length of its key. NULL: none. */
const json_t *kc_list_item_named(struct kc_arena *a, const char *name, const json_t *list, const char *text,
                                 size_t *ret_len);
/* The keys of the list called name in its order, "name=web, name=proxy"; NULL: they are not told apart by a key. */
const char *kc_list_order(struct kc_arena *a, const char *name, const json_t *list);
