/* endpoint: the address of a model server, taken apart and judged before anything is sent there. Pure.
 *
 * Prompts leave kubechat only for this machine (loopback) or this cluster: a Service's name as the cluster's DNS knows
 * it, NAME.NAMESPACE.svc or NAME.NAMESPACE.svc.DOMAIN. Everything else is egress and refused.
 */
#pragma once

#include "controller/base/arena.h"

struct kc_ai_endpoint {
    const char *origin; /* "http://127.0.0.1:8080" */
    const char *prefix; /* "/v1", without a slash at its end; "" for none */
    bool tls, loopback;
};

/* INVALID: not a URL that can be used, with what to write; FORBIDDEN "EgressDenied": it is somewhere else. domain is
 * the cluster's DNS domain ("cluster.local"). A user name or password in the URL is refused and never shown. */
KC_CHECK bool kc_ai_endpoint_parse(struct kc_arena *a, const char *url, const char *domain, struct kc_ai_endpoint *ret,
                                   struct kc_err *err);
