/* record: the plan of record: what was planned and previewed, as the blob that approvals are bound to.
 *
 * The digest is SHA-256 of the record's canonical JSON (design, section 4): requester, cluster uid, actions, requests,
 * target uids, previewed changes without volatile ones; for destructive steps the object's fingerprint too. Status only
 * shows it; before every step the blob is read from the audit store and its digest computed again. Pure.
 */
#pragma once

#include "controller/action/action.h"

/* One change. What people see as one step may be several of them (a drain: a cordon and evictions): its parts, which
 * stand one after the other, have a name each and carry the number of their group. A step that is one change has no
 * part, and is a group by itself whatever its number says. */
struct kc_record_step {
    struct kc_action action;
    size_t group;      /* index in status.plan.steps */
    const char *part;  /* "evict pod/shop/web-1"; NULL or "": the step itself */
    const char *whole; /* of a group's first part: the command of the whole group; NULL or "" elsewhere */
    bool all; /* of a group's first part: the parts are all objects of their kind in their namespace, or in the cluster
               * where they are in none. Not digested */
    enum kc_effect effect;
    const char *reason;        /* which words decided */
    const char *command;       /* canonical kubectl in one line (kc_kubectl_line) */
    const char *uid;           /* of the target; "" when it does not exist yet */
    const char *controller;    /* "ReplicaSet/web-1a", which makes the target again when it is gone; "": nothing does */
    struct kc_change *changes; /* all, volatile ones marked */
    size_t n_changes;
    struct kc_api_request request; /* as it is sent, but for dryRun and precondition; method NULL: a read */
    struct kc_set_field *sets;     /* what the verb itself sets: verified afterwards */
    size_t n_sets;
    const char
        *fingerprint; /* destructive steps: "sha256:..." of the object without status, managedFields, resourceVersion */
    const char *undo; /* canonical kubectl; "": none */
    enum kc_reversible reversible;
    bool deferred; /* what it needs is made by an earlier step: previewed when its turn comes, by a plan that follows
                    * this one (succession.h). Until then changes are what its request states, if that can be made */
};

/* Why a plan follows another one on the same request (succession.h). */
#define KC_WHY_DEFERRED "Deferred" /* the same steps, deferred ones previewed by now */
#define KC_WHY_ROLLBACK "Rollback" /* takes back what the plans before it did */

struct kc_plan_record {
    struct kc_identity requester;
    const char *cluster_uid;
    const char *request_uid;     /* of the ChatRequest */
    int64_t made_at, expires_at; /* not part of the digest */
    const char *doubt;   /* how a planner that is sure of the same words reads them otherwise; "": none. Not digested */
    const char *follows; /* digest of the plan before it on this request; "": the first */
    const char *why;     /* KC_WHY_...; "": the first */
    const char *cause_reason, *cause; /* Rollback: how the plan before it failed, for the request's end; "" */
    struct kc_record_step *steps;
    size_t n_steps;
};

#define KC_PLAN_MAX_BYTES ((size_t)8 << 20)

/* The blob's bytes: canonical JSON of everything above. */
KC_CHECK const char *kc_plan_record_encode(struct kc_arena *a, const struct kc_plan_record *r, size_t *ret_len,
                                           struct kc_err *err);
KC_CHECK bool kc_plan_record_decode(struct kc_arena *a, const char *bytes, size_t len, struct kc_plan_record *ret,
                                    struct kc_err *err);
/* "sha256:..." over the digested part only: requester, cluster uid, request uid, the plan it follows and why and, of
 * each step, action, effect, command, the request that will be sent, target uid, the changes that are not volatile,
 * fingerprint, whether it is deferred. */
KC_CHECK const char *kc_plan_digest(struct kc_arena *a, const struct kc_plan_record *r, struct kc_err *err);
/* What the step does: its verb's deed, but that apply makes what was not there when it was previewed (uid ""). */
enum kc_deed kc_step_deed(const struct kc_record_step *s);
/* How many steps people see, and which of them step i is (a part of). */
size_t kc_plan_groups(const struct kc_plan_record *r);
size_t kc_plan_group_of(const struct kc_plan_record *r, size_t i);
/* Whether both are parts of one group. */
bool kc_record_together(const struct kc_record_step *x, const struct kc_record_step *y);
/* One past the last step of the group that begins at first. */
size_t kc_plan_group_end(const struct kc_plan_record *r, size_t first);
/* Steps with an effect other than ReadOnly. */
size_t kc_plan_mutating(const struct kc_plan_record *r);

/* Field-level difference of two objects as a person reads it, in kubectl's path notation ("spec.replicas",
 * "spec.template.spec.containers[name=web].image", "metadata.labels[example.com/tier]"), without managedFields,
 * resourceVersion, generation, uid, creationTimestamp, status and last-applied annotations; sorted by path. Values of a
 * Secret's data and stringData are shown as a short SHA-256; long values are cut and carry their SHA-256. A Scale
 * without spec.replicas has 0 of them: the API server leaves zeros out. */
size_t kc_changes_between(struct kc_arena *a, const json_t *before, const json_t *after, struct kc_change **ret);
/* The value at a path of a change ("spec.template.spec.containers[name=web].image") as kc_change has it, "" for absent:
 * what sets and changes are compared with when an object is read again. */
const char *kc_object_field(struct kc_arena *a, const json_t *object, const char *path);
/* Marks in first every change whose path has another value in second as volatile, unless its path is in sets. */
void kc_changes_mark_volatile(struct kc_change *first, size_t n_first, const struct kc_change *second, size_t n_second,
                              const struct kc_set_field *sets, size_t n_sets);
/* Equal when both have the same non-volatile paths with the same from and to (kc_change.volatile_value of expected
 * counts). Both are sorted by path. */
bool kc_changes_agree(const struct kc_change *expected, size_t n_expected, const struct kc_change *now, size_t n_now);
/* "sha256:..." of the object without status, metadata.managedFields, resourceVersion, generation. */
KC_CHECK const char *kc_object_fingerprint(struct kc_arena *a, const json_t *object, struct kc_err *err);
