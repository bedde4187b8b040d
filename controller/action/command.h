/* command: a kubectl command line taken apart, before any type is looked up. Private to action. */
#pragma once

#include "controller/action/kubectl.h"

struct kc_command {
    const struct kc_verb *verb;
    const char *ns;       /* --namespace; NULL: not given */
    struct kc_args args;  /* one value per row of verb->flags */
    struct kc_strs words; /* what is neither verb nor flag: types and names */
};

/* Words, verb, flags; every required flag is there, every value is a value. INVALID names the word. */
KC_CHECK bool kc_command_read(struct kc_arena *a, const char *text, struct kc_command *ret, struct kc_err *err);
