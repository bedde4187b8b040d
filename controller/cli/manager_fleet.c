#include "controller/cli/manager_parts.h"

bool kc_manager_fleet_start(struct kc_manager *m, struct kc_err *err)
{
    (void)err; /* what cannot be listed yet is listed as the requester, until it can */
    m->chat.cluster.access = kc_access_create();
    m->chat.cluster.fleet = kc_fleet_create(m->kube, NULL);
    return true;
}

void kc_manager_fleet_stop(struct kc_manager *m)
{
    m->chat.cluster.fleet = kc_fleet_destroy(m->chat.cluster.fleet);
    m->chat.cluster.access = kc_access_destroy(m->chat.cluster.access);
}
