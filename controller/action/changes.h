/* changes: pieces of the field-level difference. Private to action. */
#pragma once

#include "controller/base/json.h"

/* A scalar as a person reads it; "" for absent, "{}" and "[]" for empty parents. */
const char *kc_scalar_show(struct kc_arena *a, const json_t *v);

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
