/* lease record: what a coordination.k8s.io/v1 Lease says, and what it is to say next (client-go's
 * LeaderElectionRecord, tools/leaderelection/resourcelock/leaselock.go). Pure.
 */
#pragma once

#include "controller/base/arena.h"
#include "controller/base/json.h"

struct kc_lease_record {
    const char *holder;   /* "": nobody; borrowed from the object */
    int64_t duration_ms;  /* the holder's, not ours */
    int64_t transitions;  /* holders so far, but for the first */
    const char *acquired; /* metav1.MicroTime; "" when it is not there */
};

/* What is missing, or is of another type, reads as "" and 0: a Lease without a spec is held by nobody. */
struct kc_lease_record kc_lease_record_read(const json_t *lease);

/* Whether both are of the same holder and the same renewal: times in them are compared, never believed. */
bool kc_lease_record_same(const json_t *a, const json_t *b);

struct kc_lease_claim {
    const char *ns, *name, *holder; /* holder "": given up */
    int64_t duration_ms, now;       /* now: Unix time in milliseconds */
};
/* The object to write: lease with our claim in it, or (NULL) a new one. Whoever takes over counts one transition and
 * begins anew; whoever renews keeps both. Giving up keeps the transitions and leaves one second, so that nobody waits.
 * New reference. */
json_t *kc_lease_record_claim(struct kc_arena *a, const json_t *lease, const struct kc_lease_claim *c);
