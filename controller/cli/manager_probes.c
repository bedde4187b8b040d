#include "controller/cli/manager_parts.h"

/* Constant words only, since whoever reaches the port reads them. */
static bool api_server_answers(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return atomic_load(&m->watching) || kc_fail(err, KC_UNAVAILABLE, "Away", "waiting for the API server");
}

static bool watch_synced(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return kc_reflector_synced(m->reflector) ||
           kc_fail(err, KC_UNAVAILABLE, "NotSynced", "chatrequests are not listed yet");
}

static bool webhook_ready(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return kc_webhook_ready(m->webhook) || kc_fail(err, KC_UNAVAILABLE, "NotReady", "the webhook is not registered");
}

static bool audit_available(void *arg, struct kc_err *err)
{
    const struct kc_manager *m = arg;

    return kc_audit_available(m->chat.audit) ||
           kc_fail(err, KC_UNAVAILABLE, "AuditUnavailable", "the audit store is away");
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
        kc_probe_fn fn;
    } checks[] = {{"api-server", api_server_answers},
                  {"watch-synced", watch_synced},
                  {"webhook", webhook_ready},
                  {"audit", audit_available}};
    struct kc_probes *probes = kc_probe_server_probes(m->probes);

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        kc_probes_add(probes, checks[i].name, KC_PROBE_READY, checks[i].fn, m);
    return kc_probe_server_run(m->probes, err);
}
