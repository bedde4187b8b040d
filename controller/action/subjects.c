#include "controller/action/subjects.h"

#include <string.h>

static void add(struct kc_arena *a, const struct kc_action *act, const char *flag, const char *kind, json_t *to)
{
    struct kc_strs names = kc_action_list(a, act, flag, false);
    for (size_t i = 0; i < names.n; i++)
        json_array_append_new(
            to, json_pack("{s:s, s:s, s:s}", "kind", kind, "apiGroup", KC_RBAC_GROUP, "name", names.v[i]));
}

bool kc_subjects_read(struct kc_arena *a, const struct kc_action *act, json_t *to, struct kc_err *err)
{
    struct kc_strs accounts = kc_action_list(a, act, "serviceaccount", false);
    add(a, act, "user", "User", to);
    add(a, act, "group", "Group", to);
    for (size_t i = 0; i < accounts.n; i++) {
        const char *colon = strchr(accounts.v[i], ':');
        const char *ns = kc_arena_strndup(a, accounts.v[i], colon ? (size_t)(colon - accounts.v[i]) : 0);
        if (!colon || !kc_dns_label_valid(ns) || !kc_dns_subdomain_valid(colon + 1))
            return kc_fail(err, KC_INVALID, "BadFlag", "--serviceaccount=%.64s: expected NAMESPACE:NAME",
                           accounts.v[i]);
        json_array_append_new(
            to, json_pack("{s:s, s:s, s:s}", "kind", "ServiceAccount", "namespace", ns, "name", colon + 1));
    }
    return true;
}
