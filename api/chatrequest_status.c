/* The rows of status. */
#include "api/tables.h"

static const char *const effect_names[] = {[KC_EFFECT_NONE] = "",
                                           [KC_READ_ONLY] = "ReadOnly",
                                           [KC_MUTATING] = "Mutating",
                                           [KC_DESTRUCTIVE] = "Destructive",
                                           NULL};
static const char *const risk_names[] = {
    [KC_RISK_NONE] = "",     [KC_RISK_LOW] = "Low",           [KC_RISK_MEDIUM] = "Medium",
    [KC_RISK_HIGH] = "High", [KC_RISK_CRITICAL] = "Critical", NULL};
static const char *const reversible_names[] = {[KC_REVERSIBLE_NONE] = "",
                                               [KC_REVERSIBLE] = "Reversible",
                                               [KC_PARTIAL] = "Partial",
                                               [KC_IRREVERSIBLE] = "Irreversible",
                                               NULL};
static const char *const outcome_names[] = {"", "Accepted", "Refused", "NotPreviewable", "Deferred", NULL};

#define CHANGE(member) .offset = offsetof(struct kc_change, member)
static const struct kc_field change_fields[] = {
    {.name = "path",
     .kind = KC_FIELD_STRING,
     CHANGE(path),
     .required = true,
     .trim = true,
     .min = 1,
     .max = 1024,
     .description = "Field that changes, as kubectl explain writes it: spec.replicas."},
    {.name = "from",
     .kind = KC_FIELD_STRING,
     CHANGE(from),
     .trim = true,
     .max = 4096,
     .description = "Value before. Left out where there is none."},
    {.name = "to",
     .kind = KC_FIELD_STRING,
     CHANGE(to),
     .trim = true,
     .max = 4096,
     .description = "Value after. Left out where the field goes away."},
    {.name = "volatile",
     .kind = KC_FIELD_BOOL,
     CHANGE(volatile_value),
     .description = "True: the cluster makes up this value anew each time, so it is no part of what is approved."},
};
static const struct kc_table change_table = {.fields = change_fields,
                                             .n = KC_COUNT(change_fields),
                                             .size = sizeof(struct kc_change),
                                             .description = "One field that the step changes."};

#define TARGET(member) .offset = offsetof(struct kc_target_status, member)
static const struct kc_field target_fields[] = {
    {.name = "group",
     .kind = KC_FIELD_STRING,
     TARGET(group),
     .max = 253,
     .description = "API group; left out for the core group."},
    {.name = "version", .kind = KC_FIELD_STRING, TARGET(version), .max = 63, .description = "API version."},
    {.name = "kind", .kind = KC_FIELD_STRING, TARGET(kind), .max = 63, .description = "Kind, such as Deployment."},
    {.name = "namespace",
     .kind = KC_FIELD_STRING,
     TARGET(ns),
     .max = 63,
     .description = "Namespace; left out for kinds that have none."},
    {.name = "name", .kind = KC_FIELD_STRING, TARGET(name), .max = 253, .description = "Name of the object."},
    {.name = "uid",
     .kind = KC_FIELD_STRING,
     TARGET(uid),
     .max = 128,
     .description =
         "The object's uid when the plan was made. An object of the same name with another uid is not changed."},
};
static const struct kc_table target_table = {
    .fields = target_fields, .n = KC_COUNT(target_fields), .size = sizeof(struct kc_target_status)};

#define STEP(member) .offset = offsetof(struct kc_step_status, member)
static const struct kc_field dry_run_fields[] = {
    {.name = "outcome",
     .kind = KC_FIELD_STRING,
     STEP(dry_run_outcome),
     .names = outcome_names,
     .max = 16,
     .description =
         "Accepted: the API server would take it. Refused: it would not, see message. NotPreviewable: this API "
         "cannot be asked beforehand; the step counts as destructive. Deferred: an earlier step makes what it needs; "
         "it "
         "is asked when its turn comes, and if that shows something else than was described, the plan waits for a new "
         "approval."},
    {.name = "message",
     .kind = KC_FIELD_STRING,
     STEP(dry_run_message),
     .trim = true,
     .max = 4096,
     .description = "The API server's own words when it refused; what a deferred step waits for."},
    {.name = "changes",
     .kind = KC_FIELD_OBJECTS,
     STEP(changes),
     .count_offset = offsetof(struct kc_step_status, n_changes),
     .trim = true,
     .max = 256,
     .table = &change_table,
     .description = "What would be different afterwards, field by field."},
    {.name = "warnings",
     .kind = KC_FIELD_STRINGS,
     STEP(warnings),
     .trim = true,
     .max = 32,
     .item_max = 1024,
     .description = "Warnings that the API server gave."},
};
static const struct kc_table dry_run_table = {
    .fields = dry_run_fields, .n = KC_COUNT(dry_run_fields), .size = sizeof(struct kc_step_status)};

static const struct kc_field step_fields[] = {
    {.name = "id",
     .kind = KC_FIELD_STRING,
     STEP(id),
     .required = true,
     .min = 1,
     .max = 16,
     .description = "Number of the step, from 1; steps run in this order."},
    {.name = "command",
     .kind = KC_FIELD_STRING,
     STEP(command),
     .required = true,
     .min = 1,
     .max = KC_MAX_COMMAND_BYTES,
     .description =
         "The step as a kubectl command. It can be pasted into a shell and does the same there. In place of a "
         "manifest that is too long to stand here, its object, length and digest: the whole is in "
         "spec.commands."},
    {.name = "effect",
     .kind = KC_FIELD_ENUM,
     STEP(effect),
     .names = effect_names,
     .description = "ReadOnly looks, Mutating changes, Destructive takes something away that may not come back."},
    {.name = "reason",
     .kind = KC_FIELD_STRING,
     STEP(reason),
     .trim = true,
     .max = 1024,
     .description = "Why this step: which words of the prompt led to it."},
    {.name = "target",
     .kind = KC_FIELD_OBJECT,
     STEP(target),
     .table = &target_table,
     .description = "The object that the step acts on."},
    {.name = "rbac",
     .kind = KC_FIELD_STRING,
     STEP(rbac),
     .trim = true,
     .max = 1024,
     .description = "\"yes\" when the person who asks may do this, else the API server's own refusal."},
    {.name = "dryRun",
     .kind = KC_FIELD_OBJECT,
     .table = &dry_run_table,
     .description = "What the API server answered when it was asked, as the same person, without changing anything."},
    {.name = "policies",
     .kind = KC_FIELD_STRINGS,
     STEP(policies),
     .trim = true,
     .max = 32,
     .item_max = 512,
     .description = "Rules that had a say in this step and what they ask for."},
    {.name = "blastRadius",
     .kind = KC_FIELD_STRING,
     STEP(blast_radius),
     .trim = true,
     .max = 1024,
     .description = "What else the step reaches: pods, services, endpoints."},
    {.name = "reversible",
     .kind = KC_FIELD_ENUM,
     STEP(reversible),
     .names = reversible_names,
     .description = "Whether the rollback command restores everything (Reversible), part of it (Partial) or nothing "
                    "(Irreversible)."},
    {.name = "rollback",
     .kind = KC_FIELD_STRING,
     STEP(rollback),
     .max = 2048,
     .description = "The kubectl command that takes the step back."},
    {.name = "result",
     .kind = KC_FIELD_STRING,
     STEP(result),
     .trim = true,
     .max = 4096,
     .description = "What came of it: Executed, Verified, or why it failed."},
    {.name = "parts",
     .kind = KC_FIELD_STRING,
     STEP(parts),
     .trim = true,
     .max = 2048,
     .description = "Of a step that changes several objects how far it is: 12/17 evicted, and what holds up the rest. "
                    "Left out where the step is one change."},
};
static const struct kc_table step_table = {.fields = step_fields,
                                           .n = KC_COUNT(step_fields),
                                           .size = sizeof(struct kc_step_status),
                                           .description = "One command of the plan with its preview and its result."};

#define STATUS(member) .offset = offsetof(struct kc_chatrequest_status, member)
static const struct kc_field planner_fields[] = {
    {.name = "provider",
     .kind = KC_FIELD_STRING,
     STATUS(planner.provider),
     .max = 253,
     .description = "What made the plan: the built-in planner, a provider, or the request's own commands."},
    {.name = "model",
     .kind = KC_FIELD_STRING,
     STATUS(planner.model),
     .max = 253,
     .description = "Model that was asked; left out for the built-in planner."},
    {.name = "latency",
     .kind = KC_FIELD_STRING,
     STATUS(planner.latency),
     .max = 32,
     .description = "How long planning took, such as \"850ms\"."},
    {.name = "message",
     .kind = KC_FIELD_STRING,
     STATUS(planner.message),
     .trim = true,
     .max = 1024,
     .description = "What there is to know about how it was planned: why a model was not used, or how the built-in "
                    "planner reads the same words where it reads them otherwise."},
};
static const struct kc_table planner_table = {
    .fields = planner_fields, .n = KC_COUNT(planner_fields), .size = sizeof(struct kc_chatrequest_status)};

static const char *const why_names[] = {"", "Rollback", NULL};

#define BEFORE(member) .offset = offsetof(struct kc_step_before, member)
static const struct kc_field before_fields[] = {
    {.name = "command",
     .kind = KC_FIELD_STRING,
     BEFORE(command),
     .required = true,
     .trim = true,
     .min = 1,
     .max = 2048,
     .description = "The step as a kubectl command."},
    {.name = "result",
     .kind = KC_FIELD_STRING,
     BEFORE(result),
     .trim = true,
     .max = 4096,
     .description = "What came of it: Verified, or why it failed."},
};
static const struct kc_table before_table = {.fields = before_fields,
                                             .n = KC_COUNT(before_fields),
                                             .size = sizeof(struct kc_step_before),
                                             .description = "A step of the plan before."};

#define PLAN(member) .offset = offsetof(struct kc_plan_status, member)
static const struct kc_field plan_fields[] = {
    {.name = "digest",
     .kind = KC_FIELD_STRING,
     PLAN(digest),
     .max = 71,
     .format = &kc_format_plan_digest,
     .description =
         "Stands for the whole plan: who asks, what runs, on which objects, with which changes. This is what an "
         "approval names; a plan that differs in anything has another digest."},
    {.name = "why",
     .kind = KC_FIELD_STRING,
     PLAN(why),
     .names = why_names,
     .max = 16,
     .description =
         "Rollback: a plan of this request failed, and this one takes back what it did (spec.onFailure). Left "
         "out for the plan that was asked for."},
    {.name = "before",
     .kind = KC_FIELD_OBJECTS,
     PLAN(before),
     .count_offset = offsetof(struct kc_plan_status, n_before),
     .trim = true,
     .max = KC_MAX_STEPS,
     .table = &before_table,
     .description = "What came of the steps of the plan that failed. They are never carried out again."},
    {.name = "expiresAt",
     .kind = KC_FIELD_TIME,
     PLAN(expires_at),
     .description = "Until when the plan may be begun; after that the request ends as Expired."},
    {.name = "steps",
     .kind = KC_FIELD_OBJECTS,
     PLAN(steps),
     .count_offset = offsetof(struct kc_plan_status, n_steps),
     .max = KC_MAX_STEPS,
     .table = &step_table,
     .description = "The commands, in the order in which they run."},
};
static const struct kc_table plan_table = {
    .fields = plan_fields, .n = KC_COUNT(plan_fields), .size = sizeof(struct kc_plan_status)};

static const struct kc_field approvals_fields[] = {
    {.name = "required",
     .kind = KC_FIELD_INT,
     STATUS(approvals.required),
     .required = true,
     .max = KC_MAX_APPROVALS,
     .description = "How many approvals the plan needs."},
    {.name = "granted",
     .kind = KC_FIELD_INT,
     STATUS(approvals.granted),
     .required = true,
     .max = KC_MAX_APPROVALS,
     .description = "How many valid ones there are."},
    {.name = "summary",
     .kind = KC_FIELD_STRING,
     STATUS(approvals.summary),
     .max = 16,
     .description = "Both as kubectl get shows them: 1/2, or - where none are needed."},
    {.name = "confirm",
     .kind = KC_FIELD_STRING,
     STATUS(approvals.confirm),
     .max = 256,
     .description = "What an approval has to carry in its confirm field; left out where nothing has to be typed."},
};
static const struct kc_table approvals_table = {
    .fields = approvals_fields, .n = KC_COUNT(approvals_fields), .size = sizeof(struct kc_chatrequest_status)};

static const struct kc_field audit_fields[] = {
    {.name = "first",
     .kind = KC_FIELD_INT,
     STATUS(audit.first),
     .absent = -1,
     .max = KC_JSON_INT_MAX,
     .description = "Index of the first audit record about this request."},
    {.name = "last",
     .kind = KC_FIELD_INT,
     STATUS(audit.last),
     .absent = -1,
     .max = KC_JSON_INT_MAX,
     .description = "Index of the newest one."},
    {.name = "checkpoint",
     .kind = KC_FIELD_STRING,
     STATUS(audit.checkpoint),
     .max = 256,
     .description = "Size and root hash of the signed checkpoint that covers them. Kept outside the cluster, it shows "
                    "whether records were cut off since."},
};
static const struct kc_table audit_table = {
    .fields = audit_fields, .n = KC_COUNT(audit_fields), .size = sizeof(struct kc_chatrequest_status)};

static const struct kc_field status_fields[] = {
    {.name = "observedGeneration",
     .kind = KC_FIELD_INT,
     STATUS(observed_generation),
     .max = KC_JSON_INT_MAX,
     .description = "The metadata.generation that this status speaks of."},
    {.name = "phase",
     .kind = KC_FIELD_STRING,
     STATUS(phase),
     .names = kc_phase_names,
     .max = 32,
     .description =
         "Where the request stands, for people; programs read conditions. Everything from Succeeded on is final."},
    {.name = "summary",
     .kind = KC_FIELD_STRING,
     STATUS(summary),
     .trim = true,
     .max = 1024,
     .description = "The change or the answer in one line."},
    {.name = "target",
     .kind = KC_FIELD_STRING,
     STATUS(target),
     .trim = true,
     .max = 512,
     .description = "What it is about: deployment/shop/checkout."},
    {.name = "risk",
     .kind = KC_FIELD_ENUM,
     STATUS(risk),
     .names = risk_names,
     .description = "Low, Medium, High or Critical, judged by the plan's effects and what they reach."},
    {.name = "planner", .kind = KC_FIELD_OBJECT, .table = &planner_table, .description = "Who made the plan."},
    {.name = "plan",
     .kind = KC_FIELD_OBJECT,
     STATUS(plan),
     .table = &plan_table,
     .description =
         "What will run, with the preview of each step. A copy to read: what runs is the plan of record in the "
         "audit store, and editing this changes nothing."},
    {.name = "approvals",
     .kind = KC_FIELD_OBJECT,
     .table = &approvals_table,
     .description = "How far the approvals are."},
    {.name = "question",
     .kind = KC_FIELD_STRING,
     STATUS(question),
     .trim = true,
     .max = 1024,
     .description = "Asked back when the prompt can be read in more than one way."},
    {.name = "candidates",
     .kind = KC_FIELD_STRINGS,
     STATUS(candidates),
     .trim = true,
     .max = 32,
     .item_max = 512,
     .description = "Answers that would do: deployment/shop/checkout. Only objects that the person who asks may list."},
    {.name = "audit",
     .kind = KC_FIELD_OBJECT,
     .table = &audit_table,
     .description = "Where the audit records of this request are."},
    {.name = "conditions",
     .kind = KC_FIELD_CONDITIONS,
     STATUS(conditions),
     .max = 16,
     .list_key = "type",
     .table = &kc_condition_table,
     .description =
         "The same for programs: Planned, Previewed, Approved, Executed and Verified say how far it came; Complete "
         "is True on success, Failed on every other end; Reconciling and Stalled serve kstatus."},
};
const struct kc_table kc_status_table = {
    .fields = status_fields, .n = KC_COUNT(status_fields), .size = sizeof(struct kc_chatrequest_status)};

const char *kc_effect_name(enum kc_effect e)
{
    return effect_names[e];
}

const char *kc_risk_name(enum kc_risk r)
{
    return risk_names[r];
}

const char *kc_reversible_name(enum kc_reversible r)
{
    return reversible_names[r];
}
