#include "controller/cli/manager_parts.h"

/* Constant words only, since whoever reaches the port reads them. A replica is ready when its webhook answers and the
 * audit log takes rows, whether it leads or not. What only a leader's work waits for is told: were it to count, an
 * outage of the API server would leave the webhook's Service without a replica when it is over. */
static bool leading(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return !m->lease || kc_lease_leading(m->lease) ||
           kc_fail(err, KC_UNAVAILABLE, "Follower", "this replica does not lead");
}

static bool api_server_answers(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return atomic_load(&m->watching) || kc_fail(err, KC_UNAVAILABLE, "Away", "waiting for the API server");
}

static bool watch_synced(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return atomic_load(&m->synced) || kc_fail(err, KC_UNAVAILABLE, "NotSynced", "chatrequests are not listed yet");
}

static bool webhook_ready(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return kc_webhook_ready(m->webhook) || kc_fail(err, KC_UNAVAILABLE, "NotReady", "the webhook is not registered");
}

static bool audit_available(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return kc_audit_available(m->audit) || kc_fail(err, KC_UNAVAILABLE, "AuditUnavailable", "the audit store is away");
}

static bool policies_synced(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return kc_policies_synced(m->policies) ||
           kc_fail(err, KC_UNAVAILABLE, "PoliciesNotSynced", "auditpolicies and namespaces are not listed yet");
}

bool kc_manager_probes_start(struct kc_manager *m, struct kc_err *err)
{
    m->probes = kc_probe_server_create(m->o.probe_address, (uint16_t)m->o.probe_port, err);
    return m->probes != NULL;
}

void kc_manager_probes_stop(struct kc_manager *m)
{
    m->probes = kc_probe_server_destroy(m->probes);
}

bool kc_manager_probes_run(struct kc_manager *m, struct kc_err *err)
{
    static const struct {
        const char *name;
        enum kc_probe_kind kind;
        kc_probe_fn fn;
    } checks[] = {{"webhook", KC_PROBE_READY, webhook_ready},
                  {"audit", KC_PROBE_TOLD, audit_available}, /* requests are taken, and wait for it */
                  {"leader", KC_PROBE_TOLD, leading},
                  {"policies-synced", KC_PROBE_TOLD, policies_synced},
                  {"api-server", KC_PROBE_TOLD, api_server_answers},
                  {"watch-synced", KC_PROBE_TOLD, watch_synced}};
    struct kc_probes *probes = kc_probe_server_probes(m->probes);

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        kc_probes_add(probes, checks[i].name, checks[i].kind, checks[i].fn, m);
    return kc_probe_server_run(m->probes, err);
}
