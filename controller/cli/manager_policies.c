#include "controller/cli/manager_parts.h"

/* What waited for an approval may need more of them now, or less; what was to run next may not. */
static void on_change(void *arg, const struct kc_policy_set *set)
{
    struct kc_manager *m = arg;

    kc_webhook_set_policies(m->webhook, set);
    if (atomic_load(&m->watching)) /* else all are looked at once the watch is up */
        kc_manager_chat_wake(m);
}

bool kc_manager_policies_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_policies_options o = {.kube = m->kube, .on_change = on_change, .arg = m};

    m->chat.policies = kc_policies_start(&o, err);
    return m->chat.policies || kc_wrap(err, "policies");
}

void kc_manager_policies_stop(struct kc_manager *m)
{
    m->chat.policies = kc_policies_stop(m->chat.policies);
}
