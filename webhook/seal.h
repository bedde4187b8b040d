/* seal: HMAC-SHA-256 over who asked for what, so that the controller acts only on what passed its own admission.
 *
 * "v1:" + base64(HMAC(key, canonical JSON array)). A request's seal covers cluster uid, namespace, name (or
 * generateName, when the server was to choose the name), nonce, identity and the immutable part of spec; an approval's
 * covers the request's uid, the identity, decision, plan digest, confirm, comment and time. Key: 32 random bytes in a
 * Secret. Pure.
 */
#pragma once

#include "api/chatrequest.h"

#define KC_SEAL_KEY_LEN 32

struct kc_seal_key {
    uint8_t b[KC_SEAL_KEY_LEN];
};

KC_CHECK const char *kc_seal_request(struct kc_arena *a, const struct kc_seal_key *key, const char *cluster_uid,
                                     const struct kc_chatrequest *cr, struct kc_err *err);
KC_CHECK const char *kc_seal_approval(struct kc_arena *a, const struct kc_seal_key *key, const char *cluster_uid,
                                      const char *request_uid, const struct kc_approval *approval, struct kc_err *err);
/* Constant-time. False also when there is no seal; the caller says why it matters. */
bool kc_seal_request_valid(const struct kc_seal_key *key, const char *cluster_uid, const struct kc_chatrequest *cr);
bool kc_seal_approval_valid(const struct kc_seal_key *key, const char *cluster_uid, const char *request_uid,
                            const struct kc_approval *approval);
