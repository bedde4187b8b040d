#include "api/auditpolicy.h"

#include <string.h>

#include "api/crd.h"
#include "api/tables.h"

const struct kc_mapping kc_auditpolicy_mapping = {
    .group = KC_GROUP, .version = KC_API_VERSION, .kind = KC_AUDITPOLICY_KIND, .resource = KC_AUDITPOLICY_RESOURCE};

static const char *const changing_effects[] = {"Mutating", "Destructive", NULL};
static const char *const operator_names[] = {[KC_SELECTOR_NONE] = "",
                                             [KC_SELECTOR_IN] = "In",
                                             [KC_SELECTOR_NOT_IN] = "NotIn",
                                             [KC_SELECTOR_EXISTS] = "Exists",
                                             [KC_SELECTOR_DOES_NOT_EXIST] = "DoesNotExist",
                                             NULL};
static const char *const enforcement_names[] = {
    [KC_ENFORCEMENT_ENFORCE] = "Enforce", [KC_ENFORCEMENT_WARN] = "Warn", [KC_ENFORCEMENT_DRY_RUN] = "DryRun", NULL};
static const char *const confirm_names[] = {[KC_CONFIRM_UNSAID] = "",
                                            [KC_CONFIRM_NEVER] = "Never",
                                            [KC_CONFIRM_DESTRUCTIVE] = "Destructive",
                                            [KC_CONFIRM_MUTATING] = "Mutating",
                                            NULL};
static const char *const force_names[] = {
    [KC_FORCE_UNSAID] = "", [KC_FORCE_ALLOWED] = "Allowed", [KC_FORCE_REFUSED] = "Refused", NULL};

#define NAMES(text) "Names, or beginnings of names and \"*\" (\"prod-*\"): " text

#define TERM(member) .offset = offsetof(struct kc_selector_term, member)
static const struct kc_field term_fields[] = {
    {.name = "key",
     .kind = KC_FIELD_STRING,
     TERM(key),
     .required = true,
     .min = 1,
     .max = 317,
     .format = &kc_format_label_key,
     .description = "Key of the label."},
    {.name = "operator",
     .kind = KC_FIELD_ENUM,
     TERM(op),
     .required = true,
     .names = operator_names,
     .description = "In and NotIn compare with values; Exists and DoesNotExist look whether there is such a label."},
    {.name = "values",
     .kind = KC_FIELD_STRINGS,
     TERM(values),
     .max = 16,
     .item_max = 63,
     .description = "Values for In and NotIn; left out for the others."},
};
static const struct kc_table term_table = {.fields = term_fields,
                                           .n = KC_COUNT(term_fields),
                                           .size = sizeof(struct kc_selector_term),
                                           .description = "One requirement on the namespace's labels."};

static const struct kc_rule term_rules[] = {
    {.rule = "self.all(e, (e.operator in ['In', 'NotIn']) == (has(e.values) && e.values.size() > 0))",
     .message = "values belong to the operators In and NotIn, which need at least one, and to no other"},
};

#define SELECTOR(member) .offset = offsetof(struct kc_label_selector, member)
static const struct kc_field selector_fields[] = {
    {.name = "matchLabels",
     .kind = KC_FIELD_LABELS,
     SELECTOR(labels),
     .count_offset = offsetof(struct kc_label_selector, n_labels),
     .max = 16,
     .item_max = 63,
     .description = "Labels that the namespace has to have, with these values."},
    {.name = "matchExpressions",
     .kind = KC_FIELD_OBJECTS,
     SELECTOR(terms),
     .count_offset = offsetof(struct kc_label_selector, n_terms),
     .max = 16,
     .table = &term_table,
     .rules = term_rules,
     .n_rules = KC_COUNT(term_rules),
     .description = "Further requirements; all of them have to hold."},
};
static const struct kc_table selector_table = {
    .fields = selector_fields, .n = KC_COUNT(selector_fields), .size = sizeof(struct kc_label_selector)};

#define MATCH(member) .offset = offsetof(struct kc_policy_match, member)
static const struct kc_field match_fields[] = {
    {.name = "clusters",
     .kind = KC_FIELD_STRINGS,
     MATCH(clusters),
     .max = 32,
     .item_max = 63,
     .format = &kc_format_name_pattern,
     .description = NAMES("clusters, as spec.context.cluster of a ChatRequest calls them. Default: every cluster.")},
    {.name = "namespaces",
     .kind = KC_FIELD_STRINGS,
     MATCH(namespaces),
     .max = 64,
     .item_max = 63,
     .format = &kc_format_name_pattern,
     .description =
         NAMES("namespaces of the objects that change. A Namespace counts as in itself; other objects that are "
               "in no namespace match only where neither namespaces nor namespaceSelector is given. Default: "
               "every object.")},
    {.name = "namespaceSelector",
     .kind = KC_FIELD_OBJECT,
     MATCH(namespace_selector),
     .table = &selector_table,
     .description = "Labels of the namespaces of the objects that change; together with namespaces both have to fit. A "
                    "namespace whose labels are not known yet fits."},
    {.name = "effects",
     .kind = KC_FIELD_STRINGS,
     MATCH(effects),
     .max = 2,
     .names = changing_effects,
     .description = "Effects of the steps, Mutating or Destructive. Default: both. Steps that only read are never "
                    "matched: they need no more than the rights of whoever asks."},
    {.name = "kinds",
     .kind = KC_FIELD_STRINGS,
     MATCH(kinds),
     .max = 32,
     .item_max = 317,
     .format = &kc_format_kind,
     .description =
         "Kinds of the objects that change, such as Deployment, or with their group Ingress.networking.k8s.io. "
         "Default: every kind."},
};
static const struct kc_table match_table = {
    .fields = match_fields, .n = KC_COUNT(match_fields), .size = sizeof(struct kc_policy_match)};

#define LOCK(member) .offset = offsetof(struct kc_context_lock, member)
static const struct kc_field lock_fields[] = {
    {.name = "requestNamespaces",
     .kind = KC_FIELD_STRINGS,
     LOCK(request_namespaces),
     .max = 32,
     .item_max = 63,
     .format = &kc_format_name_pattern,
     .description =
         NAMES("namespaces that a request may be in to change something here. Default: only the namespace that "
               "it changes; \"*\" opens it to all.")},
    {.name = "confirm",
     .kind = KC_FIELD_ENUM,
     LOCK(confirm),
     .names = confirm_names,
     .description =
         "Which steps are approved only by typing cluster and namespace: Never, Destructive, or Mutating for "
         "every change. Default: Destructive."},
};
static const struct kc_table lock_table = {
    .fields = lock_fields, .n = KC_COUNT(lock_fields), .size = sizeof(struct kc_context_lock)};

#define APPROVAL(member) .offset = offsetof(struct kc_approval_rule, member)
static const char *const risk_names[] = {
    [KC_RISK_NONE] = "",     [KC_RISK_LOW] = "Low",           [KC_RISK_MEDIUM] = "Medium",
    [KC_RISK_HIGH] = "High", [KC_RISK_CRITICAL] = "Critical", NULL};
static const struct kc_field approval_fields[] = {
    {.name = "effects",
     .kind = KC_FIELD_STRINGS,
     APPROVAL(effects),
     .max = 2,
     .names = changing_effects,
     .description = "Effects that the rule is for, Mutating or Destructive. Default: both."},
    {.name = "minRisk",
     .kind = KC_FIELD_ENUM,
     APPROVAL(min_risk),
     .names = risk_names,
     .description = "Risk of a step from which on the rule is for it. Default: any."},
    {.name = "required",
     .kind = KC_FIELD_INT,
     APPROVAL(required),
     .absent = 1,
     .dflt = "1",
     .max = KC_MAX_APPROVALS,
     .description = "How many different people have to approve. 0: nobody has to, unless another rule or policy asks."},
    {.name = "groups",
     .kind = KC_FIELD_STRINGS,
     APPROVAL(groups),
     .max = 16,
     .item_max = 256,
     .description =
         "Groups, of which an approver has to be in one. Default: whoever has the verb approve on chatrequests "
         "where something changes, which is needed in any case."},
    {.name = "allowRequester",
     .kind = KC_FIELD_BOOL,
     APPROVAL(allow_requester),
     .dflt = "false",
     .description = "True: the approval of the person who asks counts too."},
};
static const struct kc_table approval_table = {
    .fields = approval_fields,
    .n = KC_COUNT(approval_fields),
    .size = sizeof(struct kc_approval_rule),
    .description =
        "Approvals that a step needs. All rules that are for a step have to be met; one approval may count for "
        "several.",
};

#define ACCOUNT(member) .offset = offsetof(struct kc_service_account_rule, member)
static const struct kc_field account_fields[] = {
    {.name = "namespace",
     .kind = KC_FIELD_STRING,
     ACCOUNT(ns),
     .required = true,
     .min = 1,
     .max = 63,
     .format = &kc_format_dns_label,
     .description = "Namespace of the service account."},
    {.name = "name",
     .kind = KC_FIELD_STRING,
     ACCOUNT(name),
     .required = true,
     .min = 1,
     .max = 253,
     .format = &kc_format_dns_subdomain,
     .description = "Name of the service account."},
    {.name = "namespaces",
     .kind = KC_FIELD_STRINGS,
     ACCOUNT(namespaces),
     .max = 32,
     .item_max = 63,
     .format = &kc_format_name_pattern,
     .description = NAMES("namespaces in which it may ask for changes. Default: wherever the policy matches.")},
};
static const struct kc_table account_table = {.fields = account_fields,
                                              .n = KC_COUNT(account_fields),
                                              .size = sizeof(struct kc_service_account_rule),
                                              .description = "One service account and where it may ask for changes."};

static const struct kc_field capture_fields[] = {
    {.name = "secrets",
     .kind = KC_FIELD_BOOL,
     .offset = offsetof(struct kc_capture_rule, secrets),
     .dflt = "false",
     .description = "True: Secrets too are captured before they are changed, encrypted with the manager's capture key, "
                    "so that their changes can be rolled back. Other objects always are, where there is such a key."},
};
static const struct kc_table capture_table = {
    .fields = capture_fields, .n = KC_COUNT(capture_fields), .size = sizeof(struct kc_capture_rule)};

static const struct kc_field way_back_fields[] = {
    {.name = "automatic",
     .kind = KC_FIELD_BOOL,
     .offset = offsetof(struct kc_way_back_rule, automatic),
     .dflt = "false",
     .description =
         "True: a request with onFailure: Rollback takes back what it did as soon as it fails, without a new "
         "approval. Every policy that asks for approvals of such a step has to say so as well."},
};
static const struct kc_table way_back_table = {
    .fields = way_back_fields, .n = KC_COUNT(way_back_fields), .size = sizeof(struct kc_way_back_rule)};

#define SPEC(member) .offset = offsetof(struct kc_auditpolicy_spec, member)
static const struct kc_field spec_fields[] = {
    {.name = "match",
     .kind = KC_FIELD_OBJECT,
     SPEC(match),
     .table = &match_table,
     .description = "Which steps the policy is for: those that everything given here fits. Default: every change."},
    {.name = "enforcement",
     .kind = KC_FIELD_ENUM,
     SPEC(enforcement),
     .names = enforcement_names,
     .dflt = "Enforce",
     .description =
         "Enforce: the policy holds. Warn: nothing is held up, but whoever asks is warned, and the plan says "
         "what the policy would have asked. DryRun: only the plan and the audit record say it."},
    {.name = "contextLock",
     .kind = KC_FIELD_OBJECT,
     SPEC(context_lock),
     .presence = true,
     .count_offset = offsetof(struct kc_auditpolicy_spec, locked),
     .table = &lock_table,
     .description = "Keeps requests from changing something in the wrong place."},
    {.name = "approvals",
     .kind = KC_FIELD_OBJECTS,
     SPEC(approvals),
     .count_offset = offsetof(struct kc_auditpolicy_spec, n_approvals),
     .max = 8,
     .table = &approval_table,
     .description = "Approvals that steps need, in place of the default: one, the requester's own will do; another "
                    "person's for what is destructive. A step that no rule of any policy is for keeps the default."},
    {.name = "serviceAccounts",
     .kind = KC_FIELD_OBJECTS,
     SPEC(service_accounts),
     .count_offset = offsetof(struct kc_auditpolicy_spec, n_service_accounts),
     .max = 32,
     .table = &account_table,
     .description = "Service accounts that may ask for changes. Without a policy that names it none may. Where several "
                    "policies with such a list match, each of them has to name it."},
    {.name = "capture",
     .kind = KC_FIELD_OBJECT,
     SPEC(capture),
     .table = &capture_table,
     .description = "What is kept of objects as they were before a change, for rollbacks. It is enough that one policy "
                    "that is enforced allows it."},
    {.name = "rollback",
     .kind = KC_FIELD_OBJECT,
     SPEC(way_back),
     .presence = true,
     .count_offset = offsetof(struct kc_auditpolicy_spec, says_way_back),
     .table = &way_back_table,
     .description = "How a request that failed takes back what it did. Without a policy that says so, the way back is "
                    "shown and waits for an approval of its own."},
    {.name = "force",
     .kind = KC_FIELD_ENUM,
     SPEC(force),
     .names = force_names,
     .description =
         "Whether commands may say --force: kubectl delete --force, which does not wait until the containers have "
         "stopped, and kubectl drain --force, which also evicts pods that nothing brings back. Refused unless a "
         "policy that is enforced says Allowed for the object that goes (of a drain: for each such pod), and none "
         "says Refused. A policy whose namespaceSelector cannot be evaluated allows nothing."},
    {.name = "suspend",
     .kind = KC_FIELD_BOOL,
     SPEC(suspend),
     .dflt = "false",
     .description =
         "Kill switch: nothing changes where the policy matches. A request that is not finished ends as Refused "
         "before its next such step; it does not resume when this is lifted, but has to be asked again."},
};
const struct kc_table kc_auditpolicy_spec_table = {
    .fields = spec_fields, .n = KC_COUNT(spec_fields), .size = sizeof(struct kc_auditpolicy_spec)};

#define STATUS(member) .offset = offsetof(struct kc_auditpolicy_status, member)
static const struct kc_field status_fields[] = {
    {.name = "observedGeneration",
     .kind = KC_FIELD_INT,
     STATUS(observed_generation),
     .max = KC_JSON_INT_MAX,
     .description = "The metadata.generation that this status speaks of."},
    {.name = "conditions",
     .kind = KC_FIELD_OBJECTS,
     STATUS(conditions),
     .count_offset = offsetof(struct kc_auditpolicy_status, n_conditions),
     .max = 8,
     .list_key = "type",
     .table = &kc_condition_table,
     .description =
         "Ready is True when the policy is understood and in force; its reason says in which way. False: the "
         "message says what is wrong with it and what follows until it is mended."},
};
static const struct kc_table status_table = {
    .fields = status_fields, .n = KC_COUNT(status_fields), .size = sizeof(struct kc_auditpolicy_status)};

static const struct kc_field root_fields[] = {
    {.name = "spec",
     .kind = KC_FIELD_OBJECT,
     .offset = offsetof(struct kc_auditpolicy, spec),
     .required = true,
     .table = &kc_auditpolicy_spec_table,
     .description = "What is asked of which changes."},
    {.name = "status",
     .kind = KC_FIELD_OBJECT,
     .offset = offsetof(struct kc_auditpolicy, status),
     .table = &status_table,
     .description = "Whether the policy is in force, written by the controller. Output only."},
};
const struct kc_table kc_auditpolicy_table = {
    .fields = root_fields, .n = KC_COUNT(root_fields), .size = sizeof(struct kc_auditpolicy)};

static const struct kc_column columns[] = {
    {"Enforcement", "string", ".spec.enforcement", "Whether the policy holds, warns, or only notes."},
    {"Suspend", "boolean", ".spec.suspend", "True: nothing changes where the policy matches."},
    {"Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status", "Whether the policy is in force."},
    {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "In which way, or why not."},
    {"Age", "date", ".metadata.creationTimestamp", "Time since the policy was made."},
};

const struct kc_crd kc_auditpolicy_crd = {
    .group = KC_GROUP,
    .version = KC_API_VERSION,
    .kind = KC_AUDITPOLICY_KIND,
    .plural = KC_AUDITPOLICY_RESOURCE,
    .singular = "auditpolicy",
    .short_name = "apol",
    .category = "kubechat",
    .description =
        "An AuditPolicy says what has to be met before ChatRequests change something: from where they may be "
        "asked, who has to approve, which service accounts may ask, or that nothing may change at all for now. "
        "Where several match a step the strictest wins, and all of them are named. Where none does, a change "
        "needs one approval, and a destructive one that of another person, who types where it happens.",
    .table = &kc_auditpolicy_table,
    .columns = columns,
    .n_columns = KC_COUNT(columns),
};

bool kc_auditpolicy_decode_status(struct kc_arena *a, const json_t *object, struct kc_auditpolicy_status *ret,
                                  struct kc_err *err)
{
    return kc_custom_decode_status(a, object, &status_table, ret, err);
}

bool kc_auditpolicy_decode(struct kc_arena *a, const json_t *object, struct kc_auditpolicy *ret, struct kc_err *err)
{
    static const struct kc_custom_tables tables = {KC_AUDITPOLICY_KIND, &kc_auditpolicy_spec_table, &status_table};
    struct kc_auditpolicy p;

    if (!kc_custom_decode(a, object, &tables, true, &p.meta, &p.spec, &p.status, err))
        return false;
    *ret = p;
    return true;
}

json_t *kc_auditpolicy_encode_spec(const struct kc_auditpolicy_spec *s)
{
    return kc_table_encode(&kc_auditpolicy_spec_table, s);
}

json_t *kc_auditpolicy_encode_status(const struct kc_auditpolicy_status *s)
{
    return kc_table_encode(&status_table, s);
}

const char *kc_enforcement_name(enum kc_enforcement e)
{
    return enforcement_names[e];
}
