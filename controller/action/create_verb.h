/* create_verb: what verbs that make an object have in common. Private to action. */
#pragma once

#include "controller/action/object_verb.h"

/* The row of a verb that makes a new object, but for what is its own. */
#define KC_CREATES                                                                                                     \
    .deed = KC_DEED_CREATE, .effect = KC_MUTATING, .shape = KC_SHAPE_NEW, .participle = "created",                     \
    .rbac_verb = "create", .undo = kc_undo_create

/* POST of the object that the action makes; takes over the body, puts apiVersion, kind and name into it. */
struct kc_api_request kc_create_object(struct kc_arena *a, const struct kc_action *act, const char *query,
                                       json_t *body);
/* kubectl delete of it. */
enum kc_reversible kc_undo_create(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                                  struct kc_action *ret);
/* The same, KC_PARTIAL: what ran, ran. */
enum kc_reversible kc_undo_run(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret);

/* What the new object may be called: INVALID otherwise. A target that is not there yet (syntax only) is fine. */
KC_CHECK bool kc_new_name(const struct kc_action *act, struct kc_err *err);  /* lower-case letters, digits, . and - */
KC_CHECK bool kc_new_label(const struct kc_action *act, struct kc_err *err); /* at most 63 of them, no dot */

/* The name of a container's variable (apimachinery's IsEnvVarName), of an image (the characters of a reference), of a
 * port or its number. */
bool kc_variable_valid(const char *s);
bool kc_image_valid(const char *s);
bool kc_port_valid(const char *s);
json_t *kc_port_json(const char *s); /* a number or a name */
/* --image, where it was given. */
KC_CHECK bool kc_image_check(const struct kc_action *act, struct kc_err *err);

/* {"name", "image"} with the action's operands as the member that is named, where there are any. */
json_t *kc_new_container(const char *name, const char *image, const struct kc_action *act, const char *member);

/* "KEY=VALUE": *ret_value is behind the first "=", the key lives in a; NULL: no "=", or no key. */
const char *kc_split_pair(struct kc_arena *a, const char *text, const char **ret_value);
json_t *kc_json_strings(const struct kc_strs *s);
/* A list flag with one value each, commas and repetitions gone, in the order given. */
const char *kc_list_canonical(struct kc_arena *a, const struct kc_action *act, const char *name);
/* Puts a value in place of the flag's. */
void kc_flag_put(struct kc_arena *a, struct kc_action *act, const char *name, const char *value);
