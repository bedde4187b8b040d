/* chatrequest: the ChatRequest custom resource (kubechat.io/v1alpha1) as plain data.
 *
 * Everything a kc_chatrequest points to lives in the arena that it was decoded into (or that its writer used). Strings
 * are never NULL after decoding: an absent optional string is "", an absent list has n 0, an absent time is 0. Times
 * are milliseconds since 1970, written as metav1.Time (seconds). Field meanings, limits and defaults: the descriptor
 * tables in chatrequest.c, which also make crds/ and the decoder.
 */
#pragma once

#include "api/conditions.h"
#include "controller/base/json.h"
#include "controller/base/resource.h"

#define KC_GROUP                "kubechat.io"
#define KC_API_VERSION          "v1alpha1"
#define KC_CHATREQUEST_KIND     "ChatRequest"
#define KC_CHATREQUEST_RESOURCE "chatrequests"
#define KC_FINALIZER            "kubechat.io/executing"
#define KC_IN_CLUSTER           "in-cluster"
#define KC_MAX_STEPS            32
#define KC_MAX_PARTS            512 /* of all steps of a plan together */
#define KC_MAX_APPROVALS        8
#define KC_MAX_STATUS_BYTES     ((size_t)256 * 1024)
#define KC_MAX_COMMAND_BYTES    163840 /* of a step in the status: 320 for each of KC_MAX_PARTS objects */

/* Where the API server serves them. */
extern const struct kc_mapping kc_chatrequest_mapping;

struct kc_meta {
    const char *name, *generate_name, *ns, *uid, *resource_version;
    int64_t generation;
    int64_t creation_time, deletion_time; /* 0: none */
    struct kc_strs finalizers;
};

struct kc_requested_by {
    struct kc_identity who;
    const char *nonce; /* 32 hex digits */
    const char *seal;  /* "v1:" and base64 of an HMAC, see webhook/seal.h */
};

enum kc_decision { KC_DECISION_NONE, KC_APPROVE, KC_REJECT };

struct kc_approval {
    struct kc_identity who;
    enum kc_decision decision;
    const char *plan_digest; /* "sha256:..." */
    const char *confirm, *comment;
    int64_t time;
    const char *seal;
};
struct kc_approvals {
    struct kc_approval *v;
    size_t n;
};

/* UNSAID is Stop; it is kept apart so that seals of requests from before the field still fit. */
enum kc_on_failure { KC_ON_FAILURE_UNSAID, KC_ON_FAILURE_STOP, KC_ON_FAILURE_ROLLBACK };

struct kc_chatrequest_spec {
    const char *prompt;
    const char *cluster;       /* context.cluster, default in-cluster */
    struct kc_strs namespaces; /* context.namespaces; none given: the object's own */
    struct kc_strs commands;
    const char *rollback_of; /* name of the request to take back; "": none. Excludes commands */
    bool overwrite_later_changes;
    enum kc_on_failure on_failure;
    const char *provider_ref; /* providerRef.name: AIProvider to plan with; "": the default one */
    bool read_only;
    const char *deadline;               /* Go duration from creation to the last step's start, default "15m" */
    int64_t ttl_seconds_after_finished; /* -1: keep */
    bool cancel;
    struct kc_requested_by requested_by;
    struct kc_approvals approvals;
};

enum kc_effect { KC_EFFECT_NONE, KC_READ_ONLY, KC_MUTATING, KC_DESTRUCTIVE };
enum kc_risk { KC_RISK_NONE, KC_RISK_LOW, KC_RISK_MEDIUM, KC_RISK_HIGH, KC_RISK_CRITICAL };
enum kc_reversible { KC_REVERSIBLE_NONE, KC_REVERSIBLE, KC_PARTIAL, KC_IRREVERSIBLE };

struct kc_change {
    const char *path;      /* kubectl's notation: "spec.replicas" */
    const char *from, *to; /* JSON scalars as a person reads them; "" stands for absent */
    bool volatile_value;   /* differed between two dry runs: not part of the digest */
};

struct kc_target_status {
    const char *group, *version, *kind, *ns, *name, *uid;
};

#define KC_STATUS_COMMAND_MAX 2048 /* characters of a step's command in the status */

struct kc_step_status {
    const char *id;      /* "1", "2" */
    const char *command; /* canonical kubectl, safe to paste; a manifest that is too long as its digest */
    enum kc_effect effect;
    enum kc_reversible reversible; /* by the rollback command */
    const char *reason;
    struct kc_target_status target;
    const char *rbac;            /* "yes", or the API server's own refusal */
    const char *dry_run_outcome; /* "Accepted", "Refused", "NotPreviewable", "Deferred"; "" before */
    const char *dry_run_message; /* the server's message when refused */
    struct kc_change *changes;
    size_t n_changes;
    struct kc_strs warnings;
    struct kc_strs policies;
    const char *blast_radius;
    const char *rollback; /* kubectl command */
    const char *result;   /* "", then what happened: "Executed", "Verified", or the failure's message */
    const char *parts;    /* of a step that is several changes how far they are: "12/17 evicted"; "": it is one */
};

/* A step of a plan that another one followed. */
struct kc_step_before {
    const char *command, *result;
};

struct kc_plan_status {
    const char *digest; /* "": no plan */
    const char *why;    /* "Rollback": it takes back what the plan before it did; "" */
    struct kc_step_before *before;
    size_t n_before;
    int64_t expires_at;
    struct kc_step_status *steps;
    size_t n_steps;
};

struct kc_chatrequest_status {
    int64_t observed_generation;
    const char *phase, *summary, *target;
    enum kc_risk risk;
    struct {
        const char *provider, *model, *latency;
        const char *message; /* what there is to say about how it was planned; "" nothing */
    } planner;
    struct kc_plan_status plan;
    struct {
        int64_t required, granted;
        const char *summary; /* "1/2"; "-" when none are needed */
        const char *confirm; /* what approve --confirm must say; "" when nothing */
    } approvals;
    const char *question;      /* NeedsClarification: what is asked back */
    struct kc_strs candidates; /* and what can be meant: "deployment/shop/checkout" */
    struct {
        int64_t first, last;    /* audit row indices, -1: none */
        const char *checkpoint; /* newest signed checkpoint's "size root" when the request ended */
    } audit;
    struct kc_conditions conditions;
};

struct kc_chatrequest {
    struct kc_meta meta;
    struct kc_chatrequest_spec spec;
    struct kc_chatrequest_status status;
};

/* Decodes a whole object. Unknown fields are ignored in metadata and status and are errors in spec when strict. Values
 * outside the descriptors' limits fail with INVALID naming the field path, the value and the limit. */
KC_CHECK bool kc_chatrequest_decode(struct kc_arena *a, const json_t *object, bool strict, struct kc_chatrequest *ret,
                                    struct kc_err *err);
/* The decoder's counterpart: new references. Empty optional fields are left out. */
json_t *kc_chatrequest_encode(const struct kc_chatrequest *cr); /* apiVersion, kind, metadata, spec, status */
json_t *kc_chatrequest_encode_spec(const struct kc_chatrequest_spec *s);
json_t *kc_chatrequest_encode_status(const struct kc_chatrequest_status *s);
/* Brings a status within the descriptors' limits and KC_MAX_STATUS_BYTES, cutting the longest texts and lists first and
 * saying so in place ("… 12 more changes"). Copies in the arena; what it was made of is left alone. False, and
 * unchanged: what may never be cut (commands, digests, names, the number of steps) is too much by itself. */
KC_CHECK bool kc_chatrequest_fit_status(struct kc_arena *a, struct kc_chatrequest_status *status);
json_t *kc_identity_encode(const struct kc_identity *who); /* username, uid, groups, extra */

/* What may never change after creation: spec without approvals, cancel and requestedBy, canonical JSON in the arena. */
KC_CHECK const char *kc_chatrequest_immutable(struct kc_arena *a, const struct kc_chatrequest_spec *s,
                                              struct kc_err *err);
/* "sha256:..." of the above: what "this request ran already" is judged by. */
KC_CHECK const char *kc_chatrequest_spec_digest(struct kc_arena *a, const struct kc_chatrequest_spec *s,
                                                struct kc_err *err);
/* The namespaces that the request is about: context.namespaces, or its own. */
struct kc_strs kc_chatrequest_namespaces(struct kc_arena *a, const struct kc_chatrequest *cr);

/* Names of enum values as the API spells them ("ReadOnly", "Medium", "Approve"); "" for _NONE. */
const char *kc_effect_name(enum kc_effect e);
const char *kc_risk_name(enum kc_risk r);
const char *kc_reversible_name(enum kc_reversible r);
const char *kc_decision_name(enum kc_decision d);
