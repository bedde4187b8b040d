#include "controller/cli/manager_parts.h"

/* What waited for an approval may need more of them now, or fewer; what was to run next may not. */
static void on_change(void *arg, const struct kc_policy_set *set)
{
    struct kc_manager *m = arg;

    kc_webhook_set_policies(m->webhook, set);
    kc_manager_chat_wake(m);
}

bool kc_manager_policies_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_policies_options o = {.kube = m->kube, .on_change = on_change, .arg = m};

    m->policies = kc_policies_start(&o, err);
    return m->policies || kc_wrap(err, "policies");
}

void kc_manager_policies_stop(struct kc_manager *m)
{
    m->policies = kc_policies_stop(m->policies);
}

bool kc_manager_policies_lead(struct kc_manager *m, struct kc_err *err)
{
    (void)err;
    kc_policies_write_status(m->policies, true);
    return true;
}

void kc_manager_policies_follow(struct kc_manager *m)
{
    kc_policies_write_status(m->policies, false);
}
