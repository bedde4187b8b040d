#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/cli/manager_parts.h"

#define REDACTION "kubechat redaction v1" /* what the sealing key makes the other key of */

bool kc_manager_webhook_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_webhook_options o = {.address = m->o.webhook_address,
                                   .port = (uint16_t)m->o.webhook_port,
                                   .url = m->o.webhook_url,
                                   .ns = m->o.ns,
                                   .other = KC_VIEW_SERVICE,
                                   .kube = m->kube,
                                   .audit = m->audit,
                                   .cluster_uid = m->cluster.uid};

    m->webhook = kc_webhook_start(&o, err);
    if (!m->webhook)
        return kc_wrap(err, "webhook");
    struct kc_seal_key key = kc_webhook_seal_key(m->webhook);
    kc_hmac_sha256(m->cluster.redact_key.b, key.b, KC_SEAL_KEY_LEN, REDACTION, strlen(REDACTION));
    kc_webhook_set_types(m->webhook, kc_discovery_get(m->cluster.discovery));
    return true;
}

void kc_manager_webhook_stop(struct kc_manager *m)
{
    kc_webhook_stop(m->webhook);
}

bool kc_manager_webhook_maintain(struct kc_manager *m, struct kc_err *err)
{
    kc_webhook_set_types(m->webhook, kc_discovery_get(m->cluster.discovery));
    return kc_webhook_maintain(m->webhook, kc_unix_ms(), err);
}
