/* read: what the looks of the reading verbs have in common: queries, pages, selectors. Private to action. */
#pragma once

#include "controller/action/action.h"
#include "controller/base/buf.h"

#define KC_TABLE_ACCEPT "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

/* name=value, percent-encoded; nothing when value is NULL. */
void kc_query_add(struct kc_buf *query, const char *name, const char *value);
/* GET; accept NULL: JSON. */
struct kc_api_request kc_read_request(struct kc_arena *a, const char *path, const struct kc_buf *query,
                                      const char *accept);
/* The token for the next page of the list that the last answer was a page of; NULL: it was the last. */
const char *kc_read_continue(const struct kc_looked *seen);
/* "... and 120 more" when pages were left out; "" otherwise. */
const char *kc_read_left(struct kc_arena *a, const struct kc_looked *seen);
/* A copy of the action's flags that may be written. */
const char **kc_flags_copy(struct kc_arena *a, const struct kc_action *act);
/* The JSON of every answer that has one. */
const json_t **kc_read_json(struct kc_arena *a, const struct kc_looked *seen, size_t from, size_t *ret_n);
/* Whatever tells of a Secret needs an approval. */
enum kc_effect kc_read_effect(const struct kc_action *act);
/* "deployment", "deployments": the words for a summary. */
const char *kc_read_singular(struct kc_arena *a, const struct kc_target *t);
/* A text of the cluster or of a command for a message: one line, no control characters, at most max bytes. */
const char *kc_read_clip(struct kc_arena *a, const char *text, size_t max);
/* A selector with a name, and a selector that no server takes, are refused. */
KC_CHECK bool kc_read_check_selector(const struct kc_action *act, struct kc_err *err);
