/* cluster: one API server that plans are made for and carried out on. Plain data, shared read-only by the workers. */
#pragma once

#include "controller/exec/redact.h"
#include "controller/exec/rights.h"
#include "controller/kube/client.h"
#include "controller/kube/discovery.h"
#include "controller/kube/fleet.h"

struct kc_cluster {
    const char *name; /* what context.cluster says: "in-cluster" */
    const char *uid;  /* of its kube-system namespace */
    struct kc_kube *kube;
    struct kc_discovery *discovery;
    struct kc_redact_key redact_key;
    struct kc_fleet *fleet;   /* NULL: none, everything is listed */
    struct kc_rights *rights; /* NULL: asked every time */
    bool captures;            /* objects are captured before they are changed */
};
