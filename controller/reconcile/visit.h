/* visit: one reconcile's working state: the object as we know it, what the store says of it, what step() sees.
 *
 * Everything lives in the worker's arena until the visit ends.
 */
#pragma once

#include "controller/exec/execute.h"
#include "controller/plan/planner.h"
#include "controller/reconcile/chatrequest.h"
#include "controller/reconcile/step.h"

struct kc_visit {
    struct kc_chat *chat;
    struct kc_arena *a;
    const char *key;
    struct kc_chatrequest cr; /* the working copy: status is changed here and written by kc_visit_write */
    json_t *known;            /* the status that the API server has */
    struct kc_observed o;
    struct kc_plan_record plan; /* the current one: of the newest PLANNED row that fits those before it */
    struct kc_step_progress *steps;
    struct kc_seen *seen; /* of each step's last intent */
    bool *not_done;       /* an attempt whose answer was lost was found not to have happened: it may still arrive */
    struct kc_judged_approval judged[KC_MAX_APPROVALS];
    struct kc_verdict verdict; /* the guard's last word */
    size_t n_rows;             /* audit rows so far */
    int64_t first_row, last_row;
    int64_t written_ms; /* monotonic: when a status was last written */
    bool approvals_recorded[KC_MAX_APPROVALS];
    const char *rolls_back; /* uid of the request that the plan takes back; NULL: none */
};

/* v->cr is now what the API server has. */
void kc_visit_loaded(struct kc_visit *v);
/* Reads the request's rows and fills v->o. */
KC_CHECK bool kc_visit_observe(struct kc_visit *v, struct kc_err *err);
/* Appends to the audit log, but for outcomes only while we lead (UNAVAILABLE); the request's first batch also tells who
 * asked for what and claims the nonce. */
KC_CHECK bool kc_visit_record(struct kc_visit *v, struct kc_audit_batch *batch, struct kc_err *err);
/* plan is the plan of record from now on. It follows the current one if it names that; what was done by then stays
 * done. It takes the place of the current one, of which nothing was begun, if both follow the same or nothing. */
void kc_visit_take_plan(struct kc_visit *v, const struct kc_plan_record *plan, const char *digest);
/* A row with what is the same for all rows of this request filled in. */
struct kc_row kc_visit_row(const struct kc_visit *v, enum kc_row_type type);

/* Puts the phase into the conditions and the fields that people read. */
void kc_visit_enter(struct kc_visit *v, enum kc_phase phase, const char *reason, const char *message);
/* PUT of the status with the resourceVersion that we know; an unchanged status is not sent. CONFLICT: read again. */
KC_CHECK bool kc_visit_write(struct kc_visit *v, struct kc_err *err);
/* Adds or removes our finalizer. */
KC_CHECK bool kc_visit_hold(struct kc_visit *v, bool hold, struct kc_err *err);
/* An Event on the request, for `kubectl describe`; failing to is not worth a retry. */
void kc_visit_event(struct kc_visit *v, bool warning, const char *reason, const char *message);

/* A command in a container ended with this exit code: whether the step holds, there is nothing else to verify. */
void kc_visit_take_exit(struct kc_visit *v, size_t step, int64_t exit_code);
/* What the row of a read says that has begun to wait for something. */
#define KC_READ_WAITING "Waiting"

/* A disruption budget had no room for a part; sent: that was the answer to an attempt, not to its dry run. */
void kc_visit_put_off(struct kc_visit *v, size_t step, int64_t at, bool sent);
/* What came of a step, where people read it; of a part only how far its group is. Written now and then while a group
 * goes on, else with the next status. */
KC_CHECK bool kc_visit_show_result(struct kc_visit *v, size_t step, const char *result, struct kc_err *err);
/* A row about a step of the plan. */
struct kc_row kc_visit_step_row(const struct kc_visit *v, enum kc_row_type type, size_t step);

/* The effects (perform_*.c); each leaves v->o such that step() goes on from there. */
/* *ret_wait_ms > 0: a model was asked and has not answered yet. */
KC_CHECK bool kc_perform_plan(struct kc_visit *v, int64_t *ret_wait_ms, struct kc_err *err);
KC_CHECK bool kc_perform_follow(struct kc_visit *v, const struct kc_do *what, struct kc_err *err);
KC_CHECK bool kc_perform_judge(struct kc_visit *v, struct kc_err *err);
KC_CHECK bool kc_perform_execute(struct kc_visit *v, size_t step, struct kc_err *err);
KC_CHECK bool kc_perform_read(struct kc_visit *v, size_t step, struct kc_err *err);
/* *ret_wait: a command in a container is still running. */
KC_CHECK bool kc_perform_recover(struct kc_visit *v, size_t step, bool *ret_wait, struct kc_err *err);
/* *ret_wait: not rolled out yet. */
KC_CHECK bool kc_perform_verify(struct kc_visit *v, size_t step, bool *ret_wait, struct kc_err *err);
KC_CHECK bool kc_perform_finish(struct kc_visit *v, const struct kc_ending *ending, struct kc_err *err);

/* Planning by a model, where the request or a default AIProvider asks for one. */
enum kc_ask {
    KC_ASKED_NOBODY,  /* the built-in planner's turn */
    KC_ASKED_WAITING, /* come back after wait_ms, or when the key is woken */
    KC_ASKED_PLANNED,
    KC_ASKED_IN_VAIN /* the built-in planner's turn: note says why; or refused, when that is not empty */
};
struct kc_asked {
    enum kc_ask how;
    const char *provider, *model;
    int64_t latency_ms, wait_ms;
    struct kc_planned planned;
    const char *note, *refused;
};
KC_CHECK bool kc_perform_ask(struct kc_visit *v, const struct kc_plan_input *in, struct kc_asked *ret,
                             struct kc_err *err);
/* The plan is made, or the request over: what was asked is forgotten. */
void kc_perform_ask_done(struct kc_visit *v);
