/* viewer: the output of a request's reads, made when somebody looks at it (docs/decisions/0013), and what its commands
 * said in their containers (0018).
 *
 * Of reads nothing is kept: the plan of record says what is read, the reads are made again as whoever looks. What a
 * command said is kept locked, and opened for whoever may run commands in that pod. A row says who looked before
 * anything is handed out. So RBAC decides at the time of the look, and any replica gives the same answer.
 * Blocks for the calls: a worker's job. Uses exec, audit, guard.
 */
#pragma once

#include "controller/audit/locker.h"
#include "controller/audit/log.h"
#include "controller/exec/cluster.h"
#include "controller/view/output.h"

struct kc_viewer {
    const struct kc_cluster *cluster;
    struct kc_audit *audit;
    const struct kc_locker *locker; /* NULL: what commands said cannot be opened. All borrowed */
};

/* FORBIDDEN: who may not read the request, or none of what it reads, in the API server's own words. NOT_FOUND: no such
 * request, or neither reads nor commands in its plan. UNAVAILABLE: the look could not be recorded. Everything in *ret
 * lives in a. */
KC_CHECK bool kc_viewer_look(const struct kc_viewer *v, const struct kc_identity *who, const char *ns, const char *name,
                             struct kc_arena *a, struct kc_output *ret, struct kc_err *err);
