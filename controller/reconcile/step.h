/* step: what to do next for one ChatRequest: a pure function of what is known and the time.
 *
 * The performer (perform.c) builds kc_observed, calls kc_step, carries the answer out, records it, and calls kc_step
 * again until the answer is to wait. So the whole life of a request is tested and replayed without a cluster. Uses api,
 * action, guard.
 */
#pragma once

#include "controller/guard/guard.h"

/* How long an executed change may take to roll out. */
#define KC_VERIFY_FOR_MS   (5 * KC_MINUTE_MS)
#define KC_VERIFY_EVERY_MS 300
/* How often a read that waits (kubectl wait) looks again: a tenth of the time it has waited, within these. */
#define KC_WAIT_LEAST_MS 500
#define KC_WAIT_MOST_MS  (5 * KC_SECOND_MS)
/* A conflict repeats check and send at most so often (design, section 4). Parts that are put off have until the
 * request's deadline. */
#define KC_MAX_ATTEMPTS 5

enum kc_progress {
    KC_STEP_WAITING, /* never sent, or known not to have happened */
    KC_STEP_OPEN,    /* an intent without an outcome: it may have happened */
    KC_STEP_DONE,
    KC_STEP_REFUSED, /* the API server refused the send */
    KC_STEP_LOST     /* whether it happened cannot be known */
};
struct kc_step_progress {
    enum kc_progress progress;
    int attempts;          /* intents so far */
    int not_sent;          /* of these, those that the API server did not take: no conflict, only a delay */
    int put_offs;          /* how often a disruption budget had no room for it */
    int64_t put_off_at;    /* the last time; 0: never */
    bool verified, broken; /* verification's last word: broken says why in message */
    int64_t done_at;       /* of the outcome row */
    const char *message;   /* of the outcome row */
    int64_t waits_since;   /* a read that waits for something looked first then (its row); 0: it has not looked */
    int64_t looked_at;     /* and last in this visit; message says what was missing; 0: not in this visit */
    bool before;           /* it was carried out under a plan that the current one follows: done, never again */
};

/* A plan of the request that another one followed. */
struct kc_former {
    const struct kc_plan_record *plan;    /* NULL: it cannot be read */
    const char *digest;                   /* computed from plan just now; "": it cannot be read */
    const struct kc_step_progress *steps; /* as it left them */
};

struct kc_ending {
    enum kc_phase phase; /* KC_PHASE_NONE: it has not ended */
    const char *reason, *message;
};

struct kc_observed {
    const struct kc_chatrequest *cr; /* spec and metadata as cached, status as last written by us */
    const char *cluster;             /* name of the cluster that we serve */
    bool seal_present, seal_valid;
    const char *nonce_owner;              /* uid of the request that claimed the nonce; "" for none */
    const char *run_owner;                /* uid of the request that ran (namespace, name, spec); "" for none */
    struct kc_ending recorded;            /* the FINISHED row, when there is one */
    const struct kc_plan_record *plan;    /* the plan of record; NULL: none yet */
    const char *plan_digest;              /* computed from plan just now; "": no plan, or it cannot be read */
    const char *recorded_digest;          /* what its PLANNED row says; "": no plan was recorded */
    const struct kc_step_progress *steps; /* one a step of plan */
    const struct kc_former *former;       /* the plans that it follows, oldest first */
    size_t n_former;
    struct kc_ending failure; /* what this visit found that ends the plan; phase NONE: nothing */
    bool judged;              /* approvals below are fresh: seals and rights were checked in this visit */
    const struct kc_judged_approval *approvals;
    size_t n_approvals;
    const struct kc_policy_set *policies; /* as they stand right now; NULL: not known yet */
};

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
/* Until when a part that was put off is left alone: 1, 2, 4, 8, 15 s after the last try, then every 15 s, and every
 * minute when it has waited for long. */
int64_t kc_step_due(const struct kc_step_progress *s);

/* creation + deadline: after it nothing more is started. */
int64_t kc_deadline_at(const struct kc_chatrequest *cr);
