/* kubectl set serviceaccount: who the pods of a workload are to the API server. */
#include "controller/action/object_verb.h"
#include "controller/action/pod_template.h"
#include "controller/action/verbs.h"

/* The pods of what is there already keep theirs; a Pod's cannot be changed. */
static bool applies(const struct kc_mapping *m)
{
    return kc_has_pod_spec(m) && !KC_STREQ(m->kind, "Pod");
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return kc_dns_subdomain_valid(act->operands.v[0]) ||
           kc_fail(err, KC_INVALID, "BadOperand", "\"%.64s\" is not a service account's name", act->operands.v[0]);
}

static const char *field(struct kc_arena *a, const struct kc_action *act)
{
    return kc_arena_printf(a, "%s.serviceAccountName", kc_or(kc_pod_spec_path(&act->target), "spec"));
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    json_object_set_new(kc_json_at(after, kc_or(kc_pod_spec_path(&act->target), "spec")), "serviceAccountName",
                        json_string(act->operands.v[0]));
    return kc_patch_difference(a, act, seen, after, ret, err);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    (void)seen;
    kc_set_add(a, &list, field(a, act), act->operands.v[0]);
    *ret = list.v;
    return list.n;
}

/* "default" is what a workload without one has. */
static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    const char *was = kc_or(kc_json_str(kc_seen_object(seen), field(a, act)), "default");
    return kc_undo_with(a, act, "set serviceaccount", NULL, 0, &(struct kc_strs){&was, 1}, ret);
}

const struct kc_verb kc_verb_set_serviceaccount = {
    .name = "set serviceaccount",
    .aliases = "|set sa|",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_ALL,
    .applies = applies,
    .participle = "given a service account",
    .operands = "the service account",
    .last_operands = 1,
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
