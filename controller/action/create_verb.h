/* create_verb: what verbs that make an object have in common. Private to action. */
#pragma once

#include "controller/action/object_verb.h"

#define KC_STRICT KC_FIELD_MANAGER "&fieldValidation=Strict" /* kubectl create */

/* POST of the object that the action makes; takes over the body, puts apiVersion, kind and name into it. */
struct kc_api_request kc_create_object(struct kc_arena *a, const struct kc_action *act, const char *query,
                                       json_t *body);
/* kubectl delete of it. */
enum kc_reversible kc_undo_create(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                                  struct kc_action *ret);
