/* preview: what a step would do, found out by two server-side dry runs as the requester (design, section 4); of a
 * command in a container nothing can be found out but whether it might be run. Uses kube, plan.
 */
#pragma once

#include "controller/action/kubectl.h"
#include "controller/action/record.h"
#include "controller/exec/cluster.h"
#include "controller/plan/manager.h"
#include "controller/plan/planner.h"

struct kc_step_preview {
    bool accepted;                /* the API server would take it */
    bool missing;                 /* not accepted since something is not there: an earlier step may make it */
    const json_t *before;         /* what the dry runs were compared with; NULL: it could not be read */
    const struct kc_marks *marks; /* of a part: what the object says of who manages it; NULL: not known */
    struct kc_record_step record; /* for the plan of record */
    struct kc_step_status status; /* for people; on refusal it carries the API server's own words */
};

/* The preview that a record tells of, as far as it tells: without warnings and reach. index counts from 0. */
void kc_preview_of_record(struct kc_arena *a, const struct kc_restmap *restmap, const struct kc_record_step *step,
                          size_t index, struct kc_step_preview *ret);

/* index counts from 0. False only for what is worth trying again (RETRY, UNAVAILABLE) or a broken invariant: a refusal
 * by the API server is a preview, with accepted false. */
KC_CHECK bool kc_preview_step(const struct kc_cluster *c, const struct kc_restmap *restmap,
                              const struct kc_identity *who, const struct kc_planned_step *step, size_t index,
                              struct kc_arena *a, struct kc_step_preview *ret, struct kc_err *err);
