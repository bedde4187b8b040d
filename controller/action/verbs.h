/* verbs: the rows of kc_verbs, one file each (verb_<name>.c). Private to action. */
#pragma once

#include "controller/action/action.h"

extern const struct kc_verb kc_verb_scale;
