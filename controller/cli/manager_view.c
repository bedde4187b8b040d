#include "controller/cli/manager_parts.h"

#include "controller/base/log.h"

bool kc_manager_view_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_view_options o = {.address = m->o.view_address,
                                .port = (uint16_t)m->o.view_port,
                                .beside = m->o.webhook_url != NULL,
                                .cluster = &m->cluster,
                                .audit = m->audit,
                                .locker = m->locker};
    struct kc_err why = {0};

    m->view = kc_view_start(&o, err);
    if (!m->view)
        return kc_wrap(err, "view");
    if (!kc_manager_view_maintain(m, &why))
        kc_log(KC_WARN, "view", "not registered yet", "error", why.message, NULL);
    return true;
}

void kc_manager_view_stop(struct kc_manager *m)
{
    m->view = kc_view_stop(m->view);
}

/* A chart without it (view.enabled) brings neither the APIService nor the right to look for it: said once. */
static bool is_missing(struct kc_manager *m, const struct kc_err *why)
{
    if (why->class != KC_NOT_FOUND && why->http_status != 403)
        return false;
    if (!m->view_missing)
        kc_log(KC_INFO, "view", "outputs of reads are not served: the chart's view.enabled is off", "reason",
               why->message, NULL);
    m->view_missing = true;
    return true;
}

bool kc_manager_view_maintain(struct kc_manager *m, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_webhook_certificates certificates;
    struct kc_err why = {0};

    kc_webhook_certificates(m->webhook, a, &certificates);
    struct kc_view_certificates c = {.bundle = certificates.bundle, .cert = certificates.cert, .key = certificates.key};
    if (kc_view_maintain(m->view, &c, &why)) {
        if (m->view_missing)
            kc_log(KC_INFO, "view", "outputs of reads are served", NULL);
        m->view_missing = false;
        return true;
    }
    if (is_missing(m, &why))
        return true;
    *err = why;
    return false;
}
