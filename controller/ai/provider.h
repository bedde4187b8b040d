/* provider: an AIProvider as something that can be asked: the HTTP requests that its spec comes to. Pure.
 *
 * The key never enters a message and goes only into the Authorization header (RFC 6750).
 */
#pragma once

#include "api/aiprovider.h"
#include "controller/ai/endpoint.h"
#include "controller/ai/prompt.h"
#include "controller/ai/protocol.h"
#include "controller/http/client.h"

struct kc_ai_provider {
    struct kc_aiprovider cr;
    const struct kc_ai_protocol *protocol;
    struct kc_ai_endpoint endpoint;
    struct kc_http_target *target; /* ends with the arena */
    const char *authorization;     /* "Bearer ..."; "": none */
};

/* What endpoint, CA bundle and key come to; key NULL: none. INVALID or FORBIDDEN ("EgressDenied") names the field. */
KC_CHECK bool kc_ai_provider_open(struct kc_arena *a, const struct kc_aiprovider *cr, const char *key,
                                  const char *domain, struct kc_ai_provider *ret, struct kc_err *err);

/* refused and complaint: of the round before; NULL for the first. */
KC_CHECK bool kc_ai_provider_question(struct kc_arena *a, const struct kc_ai_provider *p,
                                      const struct kc_ai_prompt *prompt, const char *refused, const char *complaint,
                                      struct kc_http_request *ret, struct kc_err *err);
/* GET of the models that the server has. */
void kc_ai_provider_models(struct kc_arena *a, const struct kc_ai_provider *p, struct kc_http_request *ret);
