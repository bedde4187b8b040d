/* rollback parts: shared by the table and the planner of rollbacks. Private to plan. */
#pragma once

#include "controller/plan/rollback.h"

#define KC_ROLLBACK_COMMAND_MAX 2048 /* bytes: what a status holds of a step's command */

bool kc_rollback_of_secret(const struct kc_action *act);
/* The paths that a step changes, but for volatile ones. */
struct kc_strs kc_rollback_paths(struct kc_arena *a, const struct kc_record_step *step);
/* The patch that makes want of now. INVALID: there is nothing to change, or it is too long for a plan. */
KC_CHECK bool kc_rollback_patch(struct kc_arena *a, const struct kc_target *t, const struct kc_restmap *restmap,
                                const json_t *now, const json_t *want, struct kc_action *ret, const char **ret_command,
                                struct kc_err *err);
/* Whether the command that was recorded at the preview still says the right thing after others changed the object. */
bool kc_rollback_stands_alone(const struct kc_action *act);
/* The captured object without what the server owns, as a create. INVALID: it cannot stand in a command. */
KC_CHECK bool kc_rollback_create(struct kc_arena *a, const json_t *captured, const struct kc_restmap *restmap,
                                 struct kc_action *ret, struct kc_err *err);
