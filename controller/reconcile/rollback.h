/* rollback: captures of objects right before they are changed, and what is made of them to take a request's changes
 * back.
 *
 * A capture is the object whole, as the API server gave it to the requester, locked (audit/locker.h) and stored as a
 * blob that the intent's row names. Its plain text never leaves the arena. It is unlocked only for somebody who may
 * `get` the ChatRequest and, at that moment, the object itself (or the place where it was).
 */
#pragma once

#include "controller/plan/rollback.h"
#include "controller/reconcile/visit.h"

#define KC_CAPTURE_MAX ((size_t)4 << 20) /* bytes of JSON; etcd takes objects of some 1.5 MiB */

/* What a capture is locked for: "capture <request uid> <step id>". */
const char *kc_capture_context(struct kc_arena *a, const char *request_uid, const char *step);

/* What was carried out by a request, from its rows. */
struct kc_done {
    const char *name, *uid;    /* of the request */
    const char *ended;         /* phase of its end, "Succeeded"; "": it has not ended */
    const char *rolled_back;   /* name of the request that took it back; "": none did */
    struct kc_executed *steps; /* in the order in which they were carried out */
    size_t n;
};

/* Reads the rows of a request; of the steps that need one, unlocks the capture and reads the object as who, not
 * redacted away but for what kc_redact takes. What cannot be read is said in the step (not_captured, unreadable); false
 * only for what is worth trying again. Everything lives in a. */
KC_CHECK bool kc_rollback_gather(struct kc_chat *c, const struct kc_identity *who, const char *name, const char *uid,
                                 struct kc_arena *a, struct kc_done *ret, struct kc_err *err);

/* Fills p->planned from spec.rollbackOf: a plan, or a refusal with p->reason. False only for what is worth trying
 * again.
 */
struct kc_planning;
KC_CHECK bool kc_perform_rollback(struct kc_visit *v, struct kc_planning *p, struct kc_err *err);
