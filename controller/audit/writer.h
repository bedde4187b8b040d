/* writer: who appends to the log, one at a time, and the queue in front of it.
 *
 * What queued during the last commit is the next transaction. Who comes to an idle log and waits writes it himself: two
 * threads fewer to wake. A waiting job fails at once when the store does, and
 * while it is away; a posted one stays at the front of the queue and is tried again every second, in its order. When
 * the answer to a commit is lost, the next transaction looks whether its head is there before it repeats it; those who
 * wait are not told before that, for up to two seconds.
 */
#pragma once

#include "controller/audit/job.h"

struct kc_audit_writer;

/* Starts the thread that writes what nobody waits for, what queued meanwhile, and checkpoints. store stays the
 * caller's, but only the writer uses it until kc_audit_writer_stop. */
struct kc_audit_writer *kc_audit_writer_start(struct kc_audit_store *store, const struct kc_audit_options *o,
                                              struct kc_err *err);
/* Appends what is queued, signs the last checkpoint, ends the thread. Accepts NULL, returns NULL. */
struct kc_audit_writer *kc_audit_writer_stop(struct kc_audit_writer *w);

/* Takes the job over: a posted one is the writer's; another is the caller's again when the call returns, with its end
 * in it. UNAVAILABLE when the queue is full or the writer has been stopped (the caller keeps the job). */
KC_CHECK bool kc_audit_writer_run(struct kc_audit_writer *w, struct kc_job *j, struct kc_err *err);
bool kc_audit_writer_available(struct kc_audit_writer *w);
/* Fails with UNAVAILABLE and what was wrong with the store last. */
bool kc_audit_writer_refuse(struct kc_audit_writer *w, struct kc_err *err);
/* Somebody else found the store away: the writer tries it at once. */
void kc_audit_writer_suspect(struct kc_audit_writer *w, const struct kc_err *why);

/* INVALID unless the note is signed with the signer's key. */
KC_CHECK bool kc_audit_same_key(struct kc_arena *a, const char *note, const struct kc_signer *signer,
                                struct kc_err *err);
