/* rollback: the way back of what was carried out: what a preview may promise of it, and the plan that keeps the
 * promise. Pure.
 *
 * One table by verb (rollback_table.c; docs/rollback.md is the same for people) says how a change is taken back and
 * what stays lost. The preview reads it before the change (kc_rollback_foresee), the planner afterwards
 * (kc_rollback_plan): executed steps of one request, their objects as captured right before, and as they are now ->
 * steps in reverse order, or a refusal that names each change that somebody made later. Everything that comes out lives
 * in the arena.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/plan/planner.h"

enum kc_way_back {
    KC_BACK_NEVER,  /* what it did is done */
    KC_BACK_FIELDS, /* its fields back to what they were: by the verb's own opposite or by a patch */
    KC_BACK_PATCH,  /* the same, never by the verb's own opposite */
    KC_BACK_DELETE, /* what it created is deleted */
    KC_BACK_CREATE  /* what it deleted is created again from the capture */
};

struct kc_rollback_row {
    const char *verb; /* kc_verb.name */
    enum kc_way_back way;
    enum kc_reversible best; /* what can be promised at most */
    const char *lost;        /* what does not come back, for people; "": nothing */
};
/* The verb's row; NULL: it has none, and what it does is taken for irreversible. */
const struct kc_rollback_row *kc_rollback_row_of(const struct kc_verb *verb);
const struct kc_rollback_row *kc_rollback_rows(size_t *ret_n); /* sorted by verb */

/* What the preview knows of a step. */
struct kc_foresight {
    const struct kc_looked *seen;
    const json_t *before, *after; /* what the changes were found between; NULL: none */
    bool captures;                /* the object will be captured */
};
/* Fills undo and reversible of the step, whose action, changes and controller are there. *ret_note: what does not come
 * back, or why nothing does; "": nothing to say. */
void kc_rollback_foresee(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_foresight *f,
                         struct kc_record_step *step, const char **ret_note);

/* A step that was carried out, or may have been. */
struct kc_executed {
    size_t number; /* as people count it, from 1 */
    const struct kc_record_step *step;
    bool certain;             /* false: whether it happened is not known */
    const char *made_uid;     /* of the object that it created; "": not known */
    const json_t *captured;   /* the object right before, whole; NULL: there is no capture that can be read */
    const char *not_captured; /* why; "": it was not looked for */
    const json_t *now;        /* what the changes speak of, as it is now, redacted; NULL: it is not there */
    const char *unreadable;   /* now could not be read: the API server's own words; "": it was */
};

struct kc_rollback_input {
    const char *name; /* of the request that is taken back */
    const struct kc_restmap *restmap;
    const struct kc_executed *v; /* in the order in which they were carried out */
    size_t n;
    bool overwrite; /* also what was changed later */
};

struct kc_rollback {
    struct kc_planned planned; /* KC_PLAN_MADE or KC_PLAN_REFUSED; a step's reason tells what it overwrites */
    const char *reason;        /* of a refusal: LaterChanges, NothingToRollBack, CannotRollBack; "" */
    const char *note;          /* what is left as it is, and why; "": nothing */
};

void kc_rollback_plan(struct kc_arena *a, const struct kc_rollback_input *in, struct kc_rollback *ret);

/* Whether planning needs the capture of a step: where it does not, nobody has to be allowed to read the object. */
bool kc_rollback_needs_capture(const struct kc_record_step *step);
