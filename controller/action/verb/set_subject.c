/* kubectl set subject: gives a RoleBinding's or ClusterRoleBinding's role to more users, groups and service accounts.
 */
#include <stdlib.h>
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/subjects.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "user", .kind = KC_FLAG_LIST},
    {.name = "group", .kind = KC_FLAG_LIST},
    {.name = "serviceaccount", .kind = KC_FLAG_LIST},
    {.name = NULL},
};

static bool applies(const struct kc_mapping *m)
{
    return KC_STREQ(kc_or(m->group, ""), KC_RBAC_GROUP) &&
           (KC_STREQ(m->kind, "RoleBinding") || KC_STREQ(m->kind, "ClusterRoleBinding"));
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Each once and sorted, as kubectl sends them. */
static void sort_list(struct kc_arena *a, struct kc_action *act, const char *flag)
{
    KC_BUF_SCOPE out = {0};
    struct kc_strs all = kc_action_list(a, act, flag, true);
    if (!all.n)
        return;
    qsort(all.v, all.n, sizeof *all.v, by_text);
    for (size_t i = 0; i < all.n; i++)
        if (i == 0 || !KC_STREQ(all.v[i], all.v[i - 1]))
            kc_buf_printf(&out, "%s%s", out.len ? KC_LIST_SEPARATOR : "", all.v[i]);
    kc_flag_put(a, act, flag, kc_arena_strdup(a, kc_buf_str(&out)));
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    KC_JSON_SCOPE *subjects = json_array();
    for (const struct kc_flag *f = flags; f->name; f++)
        sort_list(a, act, f->name);
    if (!kc_subjects_read(a, act, subjects, err))
        return false;
    return json_array_size(subjects) > 0 ||
           kc_fail(err, KC_INVALID, "MissingFlag", "kubectl set subject: say one of --user, --group, --serviceaccount");
}

/* metav1 leaves an empty apiGroup out. */
static bool listed(const json_t *list, const json_t *subject)
{
    static const char *const members[] = {"kind", "apiGroup", "namespace", "name"};
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t same = 0;
        for (size_t j = 0; j < sizeof members / sizeof *members; j++)
            same += KC_STREQ(kc_or(kc_json_str(json_array_get(list, i), members[j]), ""),
                             kc_or(kc_json_str(subject, members[j]), ""));
        if (same == sizeof members / sizeof *members)
            return true;
    }
    return false;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    KC_JSON_SCOPE *more = json_array();
    if (!kc_subjects_read(a, act, more, err))
        return false;
    if (!json_is_array(json_object_get(after, "subjects")))
        json_object_set_new(after, "subjects", json_array());
    json_t *list = json_object_get(after, "subjects");
    for (size_t i = 0; i < json_array_size(more); i++)
        if (!listed(kc_json_at(kc_seen_object(seen), "subjects"), json_array_get(more, i)))
            json_array_append(list, json_array_get(more, i));
    return json_array_size(list) > json_array_size(kc_json_at(kc_seen_object(seen), "subjects"))
               ? kc_patch_difference(a, act, seen, after, ret, err)
               : kc_nothing_to_change(act, err);
}

const struct kc_verb kc_verb_set_subject = {
    .name = "set subject",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .applies = applies,
    .participle = "given to others",
    .flags = flags,
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
};
