/* rollback parts: shared by the table and the planner of rollbacks. Private to plan. */
#pragma once

#include "controller/plan/rollback.h"

/* Bytes: of a command in a plan, which each of its audit rows repeats; of the one that a step's status shows. */
#define KC_ROLLBACK_COMMAND_MAX 24576
#define KC_ROLLBACK_UNDO_MAX    2048

bool kc_rollback_of_secret(const struct kc_action *act);
/* The paths that a step changes, but for volatile ones. */
struct kc_strs kc_rollback_paths(struct kc_arena *a, const struct kc_record_step *step);
/* The patch that makes want of now. INVALID: there is nothing to change, or it is too long for a plan. */
KC_CHECK bool kc_rollback_patch(struct kc_arena *a, const struct kc_target *t, const struct kc_restmap *restmap,
                                const json_t *now, const json_t *want, struct kc_action *ret, const char **ret_command,
                                struct kc_err *err);
/* Whether a command that was recorded at the preview takes back our fields and nothing else of the object, whatever
 * others changed beside them. */
bool kc_rollback_stands_alone(const struct kc_action *act, const json_t *object);
/* The captured object without what the server owns, as a create. INVALID: it cannot stand in a command. */
KC_CHECK bool kc_rollback_create(struct kc_arena *a, const struct kc_target *t, const struct kc_restmap *restmap,
                                 const json_t *captured, struct kc_action *ret, struct kc_err *err);
/* The row's way, but for what an update made that was not there: that is deleted. */
enum kc_way_back kc_rollback_way(const struct kc_rollback_row *row, const struct kc_record_step *step);
