/* verbs: the rows of kc_verbs, one file each (verb_<name>.c). Private to action. */
#pragma once

#include "controller/action/action.h"

extern const struct kc_verb kc_verb_scale;
extern const struct kc_verb kc_verb_get;
extern const struct kc_verb kc_verb_describe;
extern const struct kc_verb kc_verb_logs;
extern const struct kc_verb kc_verb_events;
extern const struct kc_verb kc_verb_top;
extern const struct kc_verb kc_verb_rollout_status;
extern const struct kc_verb kc_verb_rollout_history;
