/* step: what to do next for one ChatRequest: a pure function of what is known and the time.
 *
 * A visit (visit.h) builds kc_observed (observed.h), calls kc_step, carries the answer out, records it, and calls
 * kc_step again until the answer is to wait. So the whole life of a request is tested and replayed without a cluster.
 * Uses api, action, guard.
 */
#pragma once

#include "controller/reconcile/observed.h"

/* How often an executed change is looked at until it has rolled out. */
#define KC_VERIFY_EVERY_MS 300
/* How often a read that waits (kubectl wait) looks again: a tenth of the time it has waited, within these. */
#define KC_WAIT_LEAST_MS 500
#define KC_WAIT_MOST_MS  (5 * KC_SECOND_MS)
/* A conflict repeats check and send at most so often (design, section 4). Parts that are put off have until the
 * request's deadline. */
#define KC_MAX_ATTEMPTS 5

enum kc_do_kind {
    KC_DO_NOTHING, /* until the object changes */
    KC_DO_WAIT,    /* look again after delay_ms */
    KC_DO_PLAN,
    KC_DO_JUDGE,   /* check seals and rights of the approvals */
    KC_DO_FOLLOW,  /* make, preview and record the plan that follows the current one (or, where its status was not
                    * written, replaces it): why */
    KC_DO_AWAIT,   /* show what is waited for (ending: reason and message), then wait */
    KC_DO_HOLD,    /* add the finalizer, show Executing */
    KC_DO_EXECUTE, /* step: check, intent, send, outcome */
    KC_DO_READ,    /* step: look, and record how much was seen, or that it waits; needs no intent, no finalizer */
    KC_DO_RECOVER, /* step: find out what became of an open intent */
    KC_DO_VERIFY,  /* step */
    KC_DO_FINISH,  /* ending */
    KC_DO_RELEASE, /* remove the finalizer */
    KC_DO_DELETE   /* ttlSecondsAfterFinished is over */
};

struct kc_do {
    enum kc_do_kind kind;
    size_t step;
    int64_t delay_ms;
    struct kc_ending ending;
    const char *why;           /* FOLLOW: KC_WHY_...; ending is what a way back is for */
    bool anew;                 /* FOLLOW: in the place of the current plan, which nobody has been shown yet */
    struct kc_verdict verdict; /* what the guard said: AWAIT, HOLD, EXECUTE, and FINISH when the guard ends it */
};

struct kc_do kc_step(const struct kc_observed *o, int64_t now, struct kc_arena *a);

/* A message about one step: names it where people see several, and the part where it has parts. */
const char *kc_step_message(struct kc_arena *a, const struct kc_plan_record *plan, size_t step, const char *message);
/* How far the parts of the group that begins at first are: "12/17 evicted; pod/shop/web-1 waits: ..."; "": it is one
 * change. */
const char *kc_step_parts(struct kc_arena *a, const struct kc_plan_record *plan, const struct kc_step_progress *steps,
                          size_t first);
