#include "controller/base/clock.h"
#include "controller/cli/manager_parts.h"

bool kc_manager_webhook_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_webhook_options o = {.address = m->o.webhook_address,
                                   .port = (uint16_t)m->o.webhook_port,
                                   .url = m->o.webhook_url,
                                   .ns = m->o.ns,
                                   .kube = m->kube,
                                   .audit = m->chat.audit,
                                   .cluster_uid = m->chat.cluster.uid};

    m->webhook = kc_webhook_start(&o, err);
    if (!m->webhook)
        return kc_wrap(err, "webhook");
    m->chat.seal_key = kc_webhook_seal_key(m->webhook);
    return true;
}

void kc_manager_webhook_stop(struct kc_manager *m)
{
    kc_webhook_stop(m->webhook);
}

bool kc_manager_webhook_maintain(struct kc_manager *m, struct kc_err *err)
{
    return kc_webhook_maintain(m->webhook, kc_unix_ms(), err);
}
