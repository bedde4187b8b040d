/* keys: what the Secret "kubechat-webhook" holds: CA, serving certificate, seal key.
 *
 * Decoding and encoding of the Secret's JSON, and the renewal that goes between them; pure but for randomness. Text
 * lives in the arena. All of it but certificates is secret and never enters a message.
 */
#pragma once

#include "controller/base/json.h"
#include "webhook/certs.h"
#include "webhook/seal.h"

#define KC_WEBHOOK_SECRET "kubechat-webhook"

struct kc_webhook_keys {
    struct kc_pem_pair ca; /* signs new certificates; cert "": there is none yet */
    const char *bundle;    /* every CA to be trusted, the newest first */
    struct kc_pem_pair serving;
    struct kc_seal_key seal;
    bool has_seal;
};

/* secret: a core/v1 Secret, or NULL: nothing yet. Missing and damaged certificates read as none, they are made again; a
 * damaged seal key fails with INVALID, because a new one voids every request that waits. */
KC_CHECK bool kc_webhook_keys_decode(struct kc_arena *a, const json_t *secret, struct kc_webhook_keys *ret,
                                     struct kc_err *err);
/* Makes what is missing, not good for names, or near its end. A new CA is put in front of the bundle; serving
 * certificates of an older one stay in use until their own time comes. *ret_changed: the Secret has to be written. */
KC_CHECK bool kc_webhook_keys_renew(struct kc_arena *a, struct kc_webhook_keys *k, const struct kc_strs *names,
                                    int64_t now, bool *ret_changed, struct kc_err *err);
/* Sets data of a Secret, keeps the rest of it. */
void kc_webhook_keys_encode(struct kc_arena *a, const struct kc_webhook_keys *k, json_t *secret);
