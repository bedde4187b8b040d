#include "controller/ai/provider.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"

#define MODELS_TIMEOUT_MS (4 * KC_SECOND_MS)
#define MAX_MODELS_BYTES  ((size_t)1 << 20)

static void let_go(void *target)
{
    kc_http_target_unref(target);
}

/* What cannot stand in a header would be cut or split there. */
static bool key_usable(const char *key)
{
    for (; *key; key++)
        if ((unsigned char)*key <= 0x20 || (unsigned char)*key >= 0x7F)
            return false;
    return true;
}

bool kc_ai_provider_open(struct kc_arena *a, const struct kc_aiprovider *cr, const char *key, const char *domain,
                         struct kc_ai_provider *ret, struct kc_err *err)
{
    struct kc_ai_provider p = {.cr = *cr, .authorization = ""};
    struct kc_http_tls tls = {.ca_pem = *cr->spec.ca_bundle ? cr->spec.ca_bundle : NULL};

    p.protocol = kc_ai_protocol_find(cr->spec.type);
    if (!p.protocol)
        return kc_fail(err, KC_INVALID, "UnknownType", "spec.type: %s is asked over no network", cr->spec.type);
    if (!kc_ai_endpoint_parse(a, cr->spec.endpoint, domain, &p.endpoint, err))
        return false;
    if (key && *key) {
        if (!key_usable(key))
            return kc_fail(err, KC_INVALID, "BadKey",
                           "spec.secretRef: the key holds white space or characters that no header takes");
        if (!p.endpoint.tls && !p.endpoint.loopback)
            return kc_fail(err, KC_INVALID, "KeyInTheClear",
                           "spec.endpoint: a key is never sent without TLS: use https, or leave secretRef out");
        p.authorization = kc_arena_printf(a, "Bearer %s", key);
    }
    p.target = kc_http_target_create(p.endpoint.origin, &tls, err);
    if (!p.target)
        return kc_wrap(err, "spec.endpoint");
    kc_arena_defer(a, let_go, p.target);
    *ret = p;
    return true;
}

static void address(struct kc_arena *a, const struct kc_ai_provider *p, const char *method, const char *path,
                    struct kc_http_request *ret)
{
    struct kc_http_header *headers = kc_arena_array(a, 3, sizeof *headers);

    *ret = (struct kc_http_request){.target = p->target,
                                    .method = method,
                                    .path = kc_arena_printf(a, "%s%s", p->endpoint.prefix, path),
                                    .headers = headers};
    headers[ret->n_headers++] = (struct kc_http_header){"Accept", "application/json"};
    if (*p->authorization)
        headers[ret->n_headers++] = (struct kc_http_header){"Authorization", p->authorization};
}

bool kc_ai_provider_question(struct kc_arena *a, const struct kc_ai_provider *p, const struct kc_ai_prompt *prompt,
                             const char *refused, const char *complaint, struct kc_http_request *ret,
                             struct kc_err *err)
{
    struct kc_ai_question q = {.model = p->cr.spec.model,
                               .system = prompt->system,
                               .user = prompt->user,
                               .refused = refused,
                               .complaint = complaint,
                               .schema = prompt->schema,
                               .max_tokens = p->cr.spec.max_tokens,
                               .temperature = strtod(p->cr.spec.temperature, NULL)};
    KC_JSON_SCOPE *body = p->protocol->ask(&q);
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

    if (!text)
        return kc_fail(err, KC_INVALID, "BadQuestion", "the question for %s cannot be written as JSON",
                       p->cr.meta.name);
    address(a, p, "POST", p->protocol->chat_path, ret);
    struct kc_http_header *headers = (struct kc_http_header *)(uintptr_t)ret->headers;
    headers[ret->n_headers++] = (struct kc_http_header){"Content-Type", "application/json"};
    ret->body = kc_arena_strdup(a, text);
    ret->body_len = strlen(text);
    ret->timeout_ms = p->cr.spec.timeout_seconds * KC_SECOND_MS;
    free(text);
    return true;
}

void kc_ai_provider_models(struct kc_arena *a, const struct kc_ai_provider *p, struct kc_http_request *ret)
{
    address(a, p, "GET", p->protocol->models_path, ret);
    ret->timeout_ms = MODELS_TIMEOUT_MS;
    ret->max_body_bytes = MAX_MODELS_BYTES;
}
