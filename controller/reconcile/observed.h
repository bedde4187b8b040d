/* observed: what is known of one ChatRequest at one moment, and the questions about it that have an answer.
 *
 * A visit (visit.h) fills it; it owns nothing. Everything here is a pure function of it and, where one is passed, the
 * time now (Unix ms). Steps and groups are given by their place in the current plan, which has to be there (o->plan)
 * but where a line says otherwise. Any thread.
 */
#pragma once

#include "controller/guard/guard.h"

/* How long an executed change may take to roll out. */
#define KC_ROLLOUT_MS (5 * KC_MINUTE_MS)

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
    int64_t rollout_ms;                   /* how long what was sent may take; 0: KC_ROLLOUT_MS */
};

/* creation + deadline: after it nothing more is started. */
int64_t kc_deadline_at(const struct kc_chatrequest *cr);
/* Until when a part that was put off is left alone: 1, 2, 4, 8, 15 s after the last try, then every 15 s, and every
 * minute when it has waited for long. */
int64_t kc_step_due(const struct kc_step_progress *s);

/* Of the request. A plan need not be there. */
bool kc_observed_is_over(const struct kc_observed *o, int64_t now); /* cancelled, deleted, or past its deadline */
bool kc_observed_started(const struct kc_observed *o);              /* anything was begun, under whichever plan */
bool kc_observed_changed(const struct kc_observed *o); /* something is other than before the request came */

/* Of its plans. A plan need not be there, and takes_back takes NULL. */
bool kc_observed_plan_is_current(const struct kc_observed *o); /* it has been shown: the status names it */
bool kc_observed_begun(const struct kc_observed *o); /* something of the current plan was: until then it may be made
                                                        anew */
bool kc_observed_takes_back(const struct kc_plan_record *plan); /* it is a way back */
/* The plan that takes back what the ones before it did: the current one, or one that it follows because of its own
 * deferred steps. NULL: there is none. */
const struct kc_plan_record *kc_observed_way_back(const struct kc_observed *o);
/* The plans before are not those that the later ones name, each by its digest. */
bool kc_observed_former_altered(const struct kc_observed *o);
/* Digests of the plans before whose approvals hold for the current one too: its last one if it is covered by it, and so
 * on. Why that one does not cover it: *ret_difference; "": it does, or there is none. Lives in a. */
struct kc_strs kc_observed_covering(const struct kc_observed *o, struct kc_arena *a, const char **ret_difference);

/* Of the current plan's steps. */
bool kc_observed_is_read(const struct kc_observed *o, size_t step);
bool kc_observed_is_run(const struct kc_observed *o, size_t step); /* a command in a container */
bool kc_observed_only_reads(const struct kc_observed *o);
size_t kc_observed_first_waiting(const struct kc_observed *o); /* n_steps: none */
/* How long what was sent may take to roll out. */
int64_t kc_observed_rollout_ms(const struct kc_observed *o);
/* Until when step, which was sent, has to have rolled out. */
int64_t kc_observed_verified_by(const struct kc_observed *o, size_t step);

/* Of the group that begins at first (one step that people see): the next part to send, where one that was never put off
 * goes before one whose time has come; n_steps: none right now. */
size_t kc_observed_next_part(const struct kc_observed *o, size_t first, int64_t now);
/* When the first of the parts that were put off comes again, at the latest the request's deadline. */
int64_t kc_observed_next_due(const struct kc_observed *o, size_t first);
/* kubectl drain --timeout: from the first change on. INT64_MAX: none was given, or nothing was begun. */
int64_t kc_observed_gives_up_at(const struct kc_observed *o, size_t first);
