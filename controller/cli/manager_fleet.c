#include "controller/cli/manager_parts.h"

bool kc_manager_fleet_start(struct kc_manager *m, struct kc_err *err)
{
    (void)err; /* what cannot be listed yet is listed as the requester, until it can */
    m->cluster.rights = kc_rights_create();
    m->cluster.fleet = kc_fleet_create(m->kube, NULL);
    return true;
}

void kc_manager_fleet_stop(struct kc_manager *m)
{
    m->cluster.fleet = kc_fleet_destroy(m->cluster.fleet);
    m->cluster.rights = kc_rights_destroy(m->cluster.rights);
}
