/* The rows of metadata and spec. */
#include "api/tables.h"

#define META(member) .offset = offsetof(struct kc_meta, member)
static const struct kc_field meta_fields[] = {
    {.name = "name", .kind = KC_FIELD_STRING, META(name), .max = 253},
    {.name = "generateName", .kind = KC_FIELD_STRING, META(generate_name), .max = 253},
    {.name = "namespace", .kind = KC_FIELD_STRING, META(ns), .max = 63},
    {.name = "uid", .kind = KC_FIELD_STRING, META(uid), .max = 128},
    {.name = "resourceVersion", .kind = KC_FIELD_STRING, META(resource_version), .max = 128},
    {.name = "generation", .kind = KC_FIELD_INT, META(generation), .max = KC_JSON_INT_MAX},
    {.name = "creationTimestamp", .kind = KC_FIELD_TIME, META(creation_time)},
    {.name = "deletionTimestamp", .kind = KC_FIELD_TIME, META(deletion_time)},
    {.name = "finalizers", .kind = KC_FIELD_STRINGS, META(finalizers), .max = 256, .item_max = 512},
};
const struct kc_table kc_meta_table = {
    .fields = meta_fields, .n = KC_COUNT(meta_fields), .size = sizeof(struct kc_meta)};

#define WHO(member) .offset = offsetof(struct kc_identity, member)
static const struct kc_field identity_fields[] = {
    {.name = "username",
     .kind = KC_FIELD_STRING,
     WHO(username),
     .max = 1024,
     .description = "User name, as the API server authenticated it. Stamped on admission; leave it out."},
    {.name = "uid",
     .kind = KC_FIELD_STRING,
     WHO(uid),
     .max = 1024,
     .description = "User id, where the cluster's authentication gives one. Stamped on admission; leave it out."},
    {.name = "groups",
     .kind = KC_FIELD_STRINGS,
     WHO(groups),
     .max = 256,
     .item_max = 1024,
     .description = "Groups of the user. Stamped on admission; leave them out."},
    {.name = "extra",
     .kind = KC_FIELD_EXTRAS,
     WHO(extras),
     .count_offset = offsetof(struct kc_identity, n_extras),
     .max = 16,
     .item_max = 1024,
     .description = "Further attributes that the cluster's authentication gave, without those under "
                    "authentication.kubernetes.io. Stamped on admission; leave them out."},
};
const struct kc_table kc_identity_table = {
    .fields = identity_fields, .n = KC_COUNT(identity_fields), .size = sizeof(struct kc_identity)};

#define BY(member) .offset = offsetof(struct kc_requested_by, member)
static const struct kc_field requested_by_fields[] = {
    {.kind = KC_FIELD_INLINE, BY(who), .table = &kc_identity_table},
    {.name = "nonce",
     .kind = KC_FIELD_STRING,
     BY(nonce),
     .max = 32,
     .format = &kc_format_nonce,
     .description = "A random number that belongs to this one object, so that its seal cannot be used on another."},
    {.name = "seal",
     .kind = KC_FIELD_STRING,
     BY(seal),
     .max = 128,
     .secret = true,
     .format = &kc_format_seal,
     .description =
         "Message authentication code over the identity, the object's name and what is asked. A request whose "
         "seal does not fit is never acted on."},
};
static const struct kc_table requested_by_table = {
    .fields = requested_by_fields, .n = KC_COUNT(requested_by_fields), .size = sizeof(struct kc_requested_by)};

static const char *const decision_names[] = {
    [KC_DECISION_NONE] = "", [KC_APPROVE] = "Approve", [KC_REJECT] = "Reject", NULL};

#define APPROVAL(member) .offset = offsetof(struct kc_approval, member)
static const struct kc_field approval_fields[] = {
    {.kind = KC_FIELD_INLINE, APPROVAL(who), .table = &kc_identity_table},
    {.name = "decision",
     .kind = KC_FIELD_ENUM,
     APPROVAL(decision),
     .required = true,
     .names = decision_names,
     .description = "Approve lets the plan run once enough approvals are there; Reject ends the request."},
    {.name = "planDigest",
     .kind = KC_FIELD_STRING,
     APPROVAL(plan_digest),
     .required = true,
     .min = 1,
     .max = 71,
     .format = &kc_format_plan_digest,
     .description =
         "Copy of status.plan.digest: the plan that was read. The decision holds for this plan and no other."},
    {.name = "confirm",
     .kind = KC_FIELD_STRING,
     APPROVAL(confirm),
     .max = 256,
     .description =
         "What status.approvals.confirm asks to be typed, for example \"prod-eu/shop\". Needed for destructive "
         "plans, so that nobody approves one in the wrong place by habit."},
    {.name = "comment",
     .kind = KC_FIELD_STRING,
     APPROVAL(comment),
     .max = 1024,
     .description = "Why, in the approver's own words. Kept in the audit record."},
    {.name = "time",
     .kind = KC_FIELD_TIME,
     APPROVAL(time),
     .description = "When the decision was made. Stamped on admission; leave it out."},
    {.name = "seal",
     .kind = KC_FIELD_STRING,
     APPROVAL(seal),
     .max = 128,
     .secret = true,
     .format = &kc_format_seal,
     .description =
         "Message authentication code over the approver, the request and the plan digest. Stamped on admission; "
         "leave it out."},
};
static const struct kc_table approval_table = {
    .fields = approval_fields,
    .n = KC_COUNT(approval_fields),
    .size = sizeof(struct kc_approval),
    .description =
        "One person's decision about one plan. kubectl chat approve and kubectl chat reject write it; who and "
        "when are stamped on admission.",
};

#define SPEC(member) .offset = offsetof(struct kc_chatrequest_spec, member)
static const struct kc_field context_fields[] = {
    {.name = "cluster",
     .kind = KC_FIELD_STRING,
     SPEC(cluster),
     .min = 1,
     .max = 63,
     .dflt = KC_IN_CLUSTER,
     .format = &kc_format_dns_label,
     .description = "Cluster that the request is about. in-cluster is the one that the request is written to."},
    {.name = "namespaces",
     .kind = KC_FIELD_STRINGS,
     SPEC(namespaces),
     .max = 16,
     .item_max = 63,
     .format = &kc_format_dns_label,
     .description = "Namespaces to look in; a name without a namespace means the first. Default: the request's own "
                    "namespace. Nothing outside them is read or changed."},
};
static const struct kc_table context_table = {
    .fields = context_fields, .n = KC_COUNT(context_fields), .size = sizeof(struct kc_chatrequest_spec)};

static const struct kc_field provider_fields[] = {
    {.name = "name",
     .kind = KC_FIELD_STRING,
     SPEC(provider_ref),
     .required = true,
     .min = 1,
     .max = 253,
     .description = "Name of an AIProvider."},
};
static const struct kc_table provider_table = {
    .fields = provider_fields, .n = KC_COUNT(provider_fields), .size = sizeof(struct kc_chatrequest_spec)};

static const char *const on_failure_names[] = {
    [KC_ON_FAILURE_UNSAID] = "", [KC_ON_FAILURE_STOP] = "Stop", [KC_ON_FAILURE_ROLLBACK] = "Rollback", NULL};

static const struct kc_field spec_fields[] = {
    {.name = "prompt",
     .kind = KC_FIELD_STRING,
     SPEC(prompt),
     .required = true,
     .frozen = true,
     .min = 1,
     .max = 4096,
     .description =
         "What is wanted, in plain words, such as \"scale checkout to five\". It is answered with a plan of exact "
         "kubectl commands, or with a question when it can be read in more than one way. Where commands are "
         "given, it says why."},
    {.name = "context",
     .kind = KC_FIELD_OBJECT,
     .frozen = true,
     .dflt = "{}",
     .table = &context_table,
     .description = "Where the request applies."},
    {.name = "commands",
     .kind = KC_FIELD_STRINGS,
     SPEC(commands),
     .frozen = true,
     .max = KC_MAX_STEPS,
     .item_max = 65536,
     .description =
         "The plan itself, for authors who know it: kubectl commands in order, such as \"kubectl scale "
         "deployment/checkout --replicas=5\". No planner is asked; preview, approval and everything after them stay as "
         "they are. Shell syntax and flags that choose a cluster or a user are refused, but for a manifest on the "
         "lines "
         "below its command: kubectl apply --server-side --filename=- <<'EOF' ... EOF. A line has at most 4096 bytes, "
         "a "
         "command with its manifest 65536, all of them 262144."},
    {.name = "rollbackOf",
     .kind = KC_FIELD_STRING,
     SPEC(rollback_of),
     .frozen = true,
     .min = 1,
     .max = 253,
     .format = &kc_format_dns_subdomain,
     .description =
         "Name of a finished request in this namespace whose changes are to be taken back, last one first. The plan is "
         "made of what was captured before each change, and previewed, approved and checked like any other; the "
         "prompt says why. What somebody changed after it is left alone: the request is refused and names it."},
    {.name = "overwriteLaterChanges",
     .kind = KC_FIELD_BOOL,
     SPEC(overwrite_later_changes),
     .frozen = true,
     .description =
         "With rollbackOf: also take back what was changed later by somebody else. The plan still names it."},
    {.name = "onFailure",
     .kind = KC_FIELD_ENUM,
     SPEC(on_failure),
     .frozen = true,
     .names = on_failure_names,
     .description =
         "What follows when a step fails after others were carried out. Stop, the default: nothing more; what was "
         "done stays. Rollback: what was done is taken back, by a plan that is shown and approved on this request."},
    {.name = "providerRef",
     .kind = KC_FIELD_OBJECT,
     .frozen = true,
     .table = &provider_table,
     .description = "Which AIProvider plans it. Default: the one that is marked as default; where there is none, or it "
                    "does not answer, the built-in planner."},
    {.name = "readOnly",
     .kind = KC_FIELD_BOOL,
     SPEC(read_only),
     .frozen = true,
     .description = "Only look: a plan that would change anything is refused."},
    {.name = "deadline",
     .kind = KC_FIELD_STRING,
     SPEC(deadline),
     .frozen = true,
     .min = 2,
     .max = 32,
     .dflt = "15m",
     .format = &kc_format_duration,
     .description =
         "Time from creation until the last step has to have begun, as hours, minutes and seconds (\"1h30m\"; at "
         "most 720h). A request that still waits then ends as Expired."},
    {.name = "ttlSecondsAfterFinished",
     .kind = KC_FIELD_INT,
     SPEC(ttl_seconds_after_finished),
     .frozen = true,
     .absent = -1,
     .max = 31536000,
     .description =
         "Seconds after which a finished request is deleted; its audit records stay. Without it, it is kept."},
    {.name = "cancel",
     .kind = KC_FIELD_BOOL,
     SPEC(cancel),
     .description =
         "Set to true to call the request off. No further step begins; one that is under way is seen through. It "
         "cannot be taken back."},
    {.name = "requestedBy",
     .kind = KC_FIELD_OBJECT,
     SPEC(requested_by),
     .frozen = true,
     .table = &requested_by_table,
     .description =
         "Who asks. Reads, previews and changes are made with this person's rights. Stamped on admission from "
         "the caller; leave it out."},
    {.name = "approvals",
     .kind = KC_FIELD_OBJECTS,
     SPEC(approvals.v),
     .count_offset = offsetof(struct kc_chatrequest_spec, approvals.n),
     .max = KC_MAX_APPROVALS,
     .dflt = "[]",
     .table = &approval_table,
     .description =
         "Decisions on the plan, oldest first. They are added one by one to a request that exists, never changed "
         "or taken away, and never part of a file that is applied."},
};
const struct kc_table kc_spec_table = {
    .fields = spec_fields, .n = KC_COUNT(spec_fields), .size = sizeof(struct kc_chatrequest_spec)};

const char *kc_decision_name(enum kc_decision d)
{
    return decision_names[d];
}
