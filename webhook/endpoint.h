/* endpoint: how the API server reaches the webhook: by a URL, or by a Service of the cluster. Pure; strings in the
 * arena. */
#pragma once

#include "controller/base/json.h"
#include "controller/base/text.h"

struct kc_endpoint {
    const char *url;  /* "https://127.0.0.1:9443", no slash at the end; NULL: by the Service */
    const char *host; /* of url, without port and brackets */
    const char *ns, *service;
};

/* url NULL: by the Service. A url is https://HOST[:PORT] and nothing else (INVALID); port 0 becomes port. */
KC_CHECK bool kc_endpoint_make(struct kc_arena *a, const char *url, uint16_t port, const char *ns, const char *service,
                               struct kc_endpoint *ret, struct kc_err *err);
/* Every name that the serving certificate has to cover. */
struct kc_strs kc_endpoint_names(struct kc_arena *a, const struct kc_endpoint *e);
/* admissionregistration.k8s.io/v1 WebhookClientConfig for path ("/mutate"): new reference. */
json_t *kc_endpoint_client_config(struct kc_arena *a, const struct kc_endpoint *e, const char *path,
                                  const char *ca_bundle);
