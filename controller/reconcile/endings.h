/* endings: what a request can come to, each end with the phase, reason and message that people see.
 *
 * Each answers with what is to be done: FINISH with that end; those that say "fails" answer FOLLOW instead where what
 * the plan did is to be taken back first (onFailure: Rollback) and still may be. Messages live in a. Pure. Private to
 * step.c.
 */
#pragma once

#include "controller/reconcile/step.h"

/* Recorded already, and not yet shown. */
struct kc_do kc_ending_recorded(const struct kc_observed *o);

/* What must not be believed. Of taken: false, and *ret as it was, when neither nonce nor spec is another object's. */
struct kc_do kc_ending_seal_is_wrong(const struct kc_observed *o);
bool kc_ending_taken(const struct kc_observed *o, struct kc_arena *a, struct kc_do *ret);
struct kc_do kc_ending_plan_altered(const struct kc_observed *o, struct kc_arena *a);
struct kc_do kc_ending_former_altered(void);

/* What may not, or need not, go on. */
struct kc_do kc_ending_plan_empty(void);
struct kc_do kc_ending_guarded(const struct kc_observed *o, const struct kc_verdict *v, struct kc_arena *a);
struct kc_do kc_ending_cancelled(const struct kc_observed *o, struct kc_arena *a);
struct kc_do kc_ending_expired(const struct kc_observed *o, struct kc_arena *a);

/* The plan fails: with what this visit found (o->failure); with what became of step i, which was sent (lost, refused or
 * broken); since step i did not roll out, was in vain too often, or did not see what it waits for; since the drain that
 * begins at first took longer than its --timeout. */
struct kc_do kc_ending_fails(const struct kc_observed *o, int64_t now, struct kc_arena *a);
struct kc_do kc_ending_step_fails(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a);
struct kc_do kc_ending_rollout_fails(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a);
struct kc_do kc_ending_attempts_fail(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a);
struct kc_do kc_ending_wait_fails(const struct kc_observed *o, size_t i, int64_t now, struct kc_arena *a);
struct kc_do kc_ending_drain_fails(const struct kc_observed *o, size_t first, int64_t now, struct kc_arena *a);

/* Everything was done; of a way back: everything that it could take back. */
struct kc_do kc_ending_went_well(const struct kc_observed *o, struct kc_arena *a);
