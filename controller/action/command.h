/* command: a kubectl command line taken apart, before any type is looked up, and what holds for the parts of any
 * action. Private to action. */
#pragma once

#include "controller/action/kubectl.h"

#define KC_MAX_OPERANDS 64

struct kc_command {
    const struct kc_verb *verb;
    const char *ns;       /* --namespace; NULL: not given */
    const char **flags;   /* one value per row of verb->flags */
    struct kc_strs words; /* types and names */
    struct kc_strs operands;
    const char *input; /* the manifest on standard input, as it was written; NULL: none */
};

/* Words, verb, flags; every required flag is there, every value is a value. INVALID names the word. */
KC_CHECK bool kc_command_read(struct kc_arena *a, const char *text, struct kc_command *ret, struct kc_err *err);

/* Why a command that begins with these words is never carried out, and what to do instead; NULL: it may be. */
const char *kc_verb_why_not(const char *first, const char *second);

/* INVALID: the server has no such type; names one that is nearly called so. */
bool kc_unknown_type(const struct kc_restmap *m, const char *type, struct kc_err *err);

/* What an object of any kind may be called in a path (apimachinery's IsValidPathSegmentName), printable. */
bool kc_object_name_valid(const char *s);

/* Flags and operands of an action that was not read from a command, checked as if it had been; their canonical form is
 * put in their place. */
KC_CHECK bool kc_action_check(struct kc_arena *a, struct kc_action *act, struct kc_err *err);
/* One value: *ret is its canonical form, NULL when it means the same as not given. */
KC_CHECK bool kc_flag_check(const struct kc_flag *f, const char *value, const char **ret, struct kc_err *err);
/* Whether all is there that the verb requires; whether the verb agrees with it. */
KC_CHECK bool kc_action_has_all(const struct kc_action *act, struct kc_err *err);
KC_CHECK bool kc_action_agrees(struct kc_arena *a, struct kc_action *act, struct kc_err *err);
bool kc_is_operand(const struct kc_verb *verb, const char *word);
size_t kc_flags_count(const struct kc_verb *verb);

/* The shortest name that finds the type again: "deployment", "deployment.apps", "deployment.v1beta1.apps". */
const char *kc_type_name(struct kc_arena *a, const struct kc_mapping *m, const struct kc_restmap *restmap);
