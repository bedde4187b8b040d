/* Who may ask, who may approve. */
#include "controller/guard/guard.h"

#include <string.h>

#define SERVICE_ACCOUNT "system:serviceaccount:"

/* system:serviceaccount:NAMESPACE:NAME, as the API server authenticates them. */
bool kc_service_account_parts(const struct kc_identity *who, const char **ret_ns, size_t *ret_ns_len,
                              const char **ret_name)
{
    const char *username = kc_or(who->username, "");
    if (!kc_str_starts(username, SERVICE_ACCOUNT))
        return false;
    const char *ns = username + strlen(SERVICE_ACCOUNT), *colon = strchr(ns, ':');
    if (!colon || colon == ns || !colon[1] || strchr(colon + 1, ':'))
        return false;
    *ret_ns = ns;
    *ret_ns_len = (size_t)(colon - ns);
    *ret_name = colon + 1;
    return true;
}

bool kc_is_service_account(const struct kc_identity *who)
{
    const char *ns, *name;
    size_t len;
    return kc_service_account_parts(who, &ns, &len, &name);
}

/* Groups of the API server itself that say how somebody came in, not what they may do. */
static bool is_harmless_group(const struct kc_identity *who, const char *group)
{
    if (KC_STREQ(group, "system:authenticated"))
        return true;
    return kc_is_service_account(who) &&
           (KC_STREQ(group, "system:serviceaccounts") || kc_str_starts(group, "system:serviceaccounts:"));
}

bool kc_guard_requester(const struct kc_identity *who, struct kc_err *err)
{
    if (!*kc_or(who->username, ""))
        return kc_fail(err, KC_FORBIDDEN, "Anonymous", "the request carries no user name: nobody can be asked for");
    if (kc_str_starts(who->username, "system:") && !kc_is_service_account(who))
        return kc_fail(err, KC_FORBIDDEN, "SystemUser",
                       "user \"%s\" is part of the system: kubechat never acts as one. Ask with a personal account",
                       who->username);
    for (size_t i = 0; i < who->groups.n; i++)
        if (kc_str_starts(who->groups.v[i], "system:") && !is_harmless_group(who, who->groups.v[i]))
            return kc_fail(
                err, KC_FORBIDDEN, "SystemGroup",
                "user \"%s\" is in group \"%s\": kubechat never acts with it. Ask with an account that is not in it",
                who->username, who->groups.v[i]);
    return true;
}

bool kc_guard_approver(const struct kc_identity *who, struct kc_err *err)
{
    if (kc_is_service_account(who))
        return kc_fail(err, KC_FORBIDDEN, "ServiceAccountApproval", "\"%s\" is a service account: only people approve",
                       who->username);
    return kc_guard_requester(who, err);
}
