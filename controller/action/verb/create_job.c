/* kubectl create job NAME --image=IMAGE [-- COMMAND...], or --from=cronjob/NAME: what the CronJob would have made, now.
 */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

#define MAX_JOB_NAME 63 /* it becomes a label of the pods */

static const struct kc_flag flags[] = {
    {.name = "from", .kind = KC_FLAG_STRING},
    {.name = "image", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

/* cronjob/NAME is the canonical form. */
static bool check_from(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    static const char *const types[] = {"cronjob",          "cronjobs",         "cj", "cronjob.batch", "cronjobs.batch",
                                        "cronjob.v1.batch", "cronjobs.v1.batch"};
    const char *from = kc_action_flag(act, "from"), *slash = strchr(from, '/');
    bool known = false;
    for (size_t i = 0; slash && i < sizeof types / sizeof *types; i++)
        known = known || (strlen(types[i]) == (size_t)(slash - from) && kc_str_starts(from, types[i]));
    if (!known || !kc_dns_subdomain_valid(slash + 1))
        return kc_fail(err, KC_INVALID, "BadFlag", "--from=%.64s: expected cronjob/NAME", from);
    if (act->operands.n)
        return kc_fail(err, KC_INVALID, "BadOperand", "%.64s: --from=%.64s has its own command", act->operands.v[0],
                       from);
    kc_flag_put(a, act, "from", kc_arena_printf(a, "cronjob/%s", slash + 1));
    return true;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *from = kc_action_flag(act, "from"), *image = kc_action_flag(act, "image");
    if (!from == !image)
        return kc_fail(err, KC_INVALID, "MissingFlag", "kubectl create job: say one of --image and --from");
    if (*act->target.name && (!kc_dns_subdomain_valid(act->target.name) || strlen(act->target.name) > MAX_JOB_NAME))
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "\"%.64s\" is not a name for a new Job: at most %d lower-case letters, digits and -",
                       act->target.name, MAX_JOB_NAME);
    return from ? check_from(a, act, err) : kc_image_check(act, err);
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    const char *from = kc_action_flag(act, "from");
    if (!from)
        return false;
    const struct kc_target cronjob = {.group = "batch",
                                      .version = "v1",
                                      .kind = "CronJob",
                                      .resource = "cronjobs",
                                      .ns = act->target.ns,
                                      .name = strchr(from, '/') + 1};
    *ret = (struct kc_api_request){.method = "GET", .path = kc_target_path(a, &cronjob, NULL)};
    return so_far->n == 0;
}

/* No blockOwnerDeletion, as kubectl: it would ask for a right on the CronJob's finalizers. */
static json_t *owner_of(const json_t *cronjob)
{
    return json_pack("[{s:s, s:s, s:s, s:s, s:b}]", "apiVersion", "batch/v1", "kind", "CronJob", "name",
                     kc_or(kc_json_str(cronjob, "metadata.name"), ""), "uid",
                     kc_or(kc_json_str(cronjob, "metadata.uid"), ""), "controller", 1);
}

static json_t *of_image(const struct kc_action *act)
{
    return json_pack("{s:{s:{s:{s:[o], s:s}}}}", "spec", "template", "spec", "containers",
                     kc_new_container(act->target.name, kc_action_flag(act, "image"), act, "command"), "restartPolicy",
                     "Never");
}

static json_t *of_cronjob(const struct kc_looked *seen)
{
    const json_t *cronjob = kc_seen_object(seen), *spec = kc_json_at(cronjob, "spec.jobTemplate.spec");
    const json_t *template = kc_json_at(cronjob, "spec.jobTemplate.metadata");
    json_t *annotations = json_pack("{s:s}", "cronjob.kubernetes.io/instantiate", "manual");
    json_t *meta = json_object(), *body = json_object(), *v;
    if ((v = json_object_get(template, "annotations")))
        json_object_update(annotations, v);
    if ((v = json_object_get(template, "labels")))
        json_object_set(meta, "labels", v);
    json_object_set_new(meta, "annotations", annotations);
    json_object_set_new(meta, "ownerReferences", owner_of(cronjob));
    json_object_set_new(body, "metadata", meta);
    json_object_set_new(body, "spec", json_deep_copy(spec));
    return body;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)err;
    *ret = kc_create_object(a, act, KC_STRICT, kc_action_flag(act, "from") ? of_cronjob(seen) : of_image(act));
    return true;
}

const struct kc_verb kc_verb_create_job = {
    .name = "create job",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NEW,
    .type = "jobs.batch",
    .participle = "created",
    .flags = flags,
    .operands = "COMMAND",
    .takes_command = KC_MAY_COMMAND,
    .validate = validate,
    .look = look,
    .change = change,
    .rbac_verb = "create",
    .undo = kc_undo_run,
};
