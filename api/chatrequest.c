#include "api/chatrequest.h"

#include <string.h>

#include "api/crd.h"
#include "api/tables.h"
#include "controller/base/digest.h"

const struct kc_mapping kc_chatrequest_mapping = {.group = KC_GROUP,
                                                  .version = KC_API_VERSION,
                                                  .kind = KC_CHATREQUEST_KIND,
                                                  .resource = KC_CHATREQUEST_RESOURCE,
                                                  .namespaced = true};

static const struct kc_rule spec_rules[] = {
    {.rule = "!has(self.rollbackOf) || !has(self.commands) || self.commands.size() == 0",
     .message = "commands and rollbackOf exclude each other: a rollback's commands follow from what was captured",
     .field_path = ".rollbackOf"},
    {.rule = "!has(self.overwriteLaterChanges) || !self.overwriteLaterChanges || has(self.rollbackOf)",
     .message = "overwriteLaterChanges says something about rollbackOf only: give it, or leave this out",
     .field_path = ".overwriteLaterChanges"},
    {.rule = "!(has(oldSelf.cancel) && oldSelf.cancel) || (has(self.cancel) && self.cancel)",
     .message = "a request that was cancelled stays cancelled: create another one",
     .field_path = ".cancel",
     .reason = "FieldValueForbidden"},
    {.rule = "self.approvals.size() >= oldSelf.approvals.size() && [0, 1, 2, 3, 4, 5, 6, 7].all(i, "
             "i >= oldSelf.approvals.size() || self.approvals[i] == oldSelf.approvals[i])",
     .message = "approvals are only added at the end: those that exist can neither change nor go",
     .field_path = ".approvals",
     .reason = "FieldValueForbidden"},
    {.rule = "oldSelf.hasValue() || self.approvals.size() == 0",
     .message = "a new request has no approvals yet: leave them out, then approve its plan with kubectl chat approve",
     .field_path = ".approvals",
     .reason = "FieldValueForbidden",
     .optional_old_self = true},
};
_Static_assert(KC_MAX_APPROVALS == 8, "the rule on approvals lists the indices");

static const struct kc_field root_fields[] = {
    {.name = "spec",
     .kind = KC_FIELD_OBJECT,
     .offset = offsetof(struct kc_chatrequest, spec),
     .required = true,
     .table = &kc_spec_table,
     .rules = spec_rules,
     .n_rules = KC_COUNT(spec_rules),
     .description =
         "What is asked for. Apart from approvals and cancel it cannot change once the request exists; to ask for "
         "something else, create another request."},
    {.name = "status",
     .kind = KC_FIELD_OBJECT,
     .offset = offsetof(struct kc_chatrequest, status),
     .table = &kc_status_table,
     .description = "What became of it, written by the controller. Output only: nothing acts on what stands here."},
};
const struct kc_table kc_chatrequest_table = {
    .fields = root_fields, .n = KC_COUNT(root_fields), .size = sizeof(struct kc_chatrequest)};

static const struct kc_column chatrequest_columns[] = {
    {"Phase", "string", ".status.phase", "Where the request stands."},
    {"Risk", "string", ".status.risk", "Risk of the plan."},
    {"Target", "string", ".status.target", "What the request is about."},
    {"Summary", "string", ".status.summary", "The change or the answer in one line."},
    {"Approvals", "string", ".status.approvals.summary", "Approvals granted and required."},
    {"Age", "date", ".metadata.creationTimestamp", "Time since the request was made."},
};

const struct kc_crd kc_chatrequest_crd = {
    .group = KC_GROUP,
    .version = KC_API_VERSION,
    .kind = KC_CHATREQUEST_KIND,
    .plural = KC_CHATREQUEST_RESOURCE,
    .singular = "chatrequest",
    .short_name = "chat",
    .category = "kubechat",
    .namespaced = true,
    .description =
        "A ChatRequest states in plain words what is wrong or wanted. It is answered with a plan of exact kubectl "
        "commands and a preview of every change, waits for the approvals that are asked for, runs what was "
        "approved and nothing else, checks the outcome, and keeps a record of it all.",
    .table = &kc_chatrequest_table,
    .columns = chatrequest_columns,
    .n_columns = KC_COUNT(chatrequest_columns),
};

bool kc_chatrequest_decode(struct kc_arena *a, const json_t *object, bool strict, struct kc_chatrequest *ret,
                           struct kc_err *err)
{
    static const struct kc_custom_tables tables = {KC_CHATREQUEST_KIND, &kc_spec_table, &kc_status_table};
    struct kc_chatrequest cr;

    if (!kc_custom_decode(a, object, &tables, strict, &cr.meta, &cr.spec, &cr.status, err))
        return false;
    *ret = cr;
    return true;
}

json_t *kc_chatrequest_encode_spec(const struct kc_chatrequest_spec *s)
{
    return kc_table_encode(&kc_spec_table, s);
}

json_t *kc_chatrequest_encode_status(const struct kc_chatrequest_status *s)
{
    return kc_table_encode(&kc_status_table, s);
}

json_t *kc_identity_encode(const struct kc_identity *who)
{
    return kc_table_encode(&kc_identity_table, who);
}

json_t *kc_chatrequest_encode(const struct kc_chatrequest *cr)
{
    json_t *out = json_object(), *status = kc_chatrequest_encode_status(&cr->status);
    json_object_set_new(out, "apiVersion", json_string(KC_GROUP "/" KC_API_VERSION));
    json_object_set_new(out, "kind", json_string(KC_CHATREQUEST_KIND));
    json_object_set_new(out, "metadata", kc_table_encode(&kc_meta_table, &cr->meta));
    json_object_set_new(out, "spec", kc_chatrequest_encode_spec(&cr->spec));
    if (json_object_size(status))
        json_object_set(out, "status", status);
    json_decref(status);
    return out;
}

/* The spec without what may change or is stamped; what is absent or default reads the same. */
static json_t *immutable_spec(const struct kc_chatrequest_spec *s)
{
    struct kc_chatrequest_spec asked = *s;
    asked.cancel = false;
    asked.requested_by = (struct kc_requested_by){0};
    asked.approvals = (struct kc_approvals){0};
    return kc_chatrequest_encode_spec(&asked);
}

const char *kc_chatrequest_immutable(struct kc_arena *a, const struct kc_chatrequest_spec *s, struct kc_err *err)
{
    KC_JSON_SCOPE *v = immutable_spec(s);
    size_t len;
    return kc_json_canonical_in(a, v, &len, err);
}

const char *kc_chatrequest_spec_digest(struct kc_arena *a, const struct kc_chatrequest_spec *s, struct kc_err *err)
{
    const char *text = kc_chatrequest_immutable(a, s, err);
    return text ? kc_digest_string(a, text, strlen(text)) : NULL;
}

struct kc_strs kc_chatrequest_namespaces(struct kc_arena *a, const struct kc_chatrequest *cr)
{
    if (cr->spec.namespaces.n)
        return cr->spec.namespaces;
    const char **own = kc_arena_array(a, 1, sizeof *own);
    own[0] = cr->meta.ns;
    return (struct kc_strs){own, 1};
}
