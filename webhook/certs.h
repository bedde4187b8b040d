/* certs: the webhook's own CA and serving certificate (ECDSA P-256), as PEM. Pure but for randomness.
 *
 * A serving certificate lives 90 days and is made anew when a third of its life is left; the CA lives 5 years, and
 * while it is replaced the caBundle holds old and new, so that no call fails in between.
 */
#pragma once

#include "controller/base/arena.h"
#include "controller/base/text.h"

struct kc_pem_pair {
    const char *cert, *key; /* in the arena; key is secret */
};

KC_CHECK bool kc_ca_create(struct kc_arena *a, const char *cn, int64_t now, int64_t life_ms, struct kc_pem_pair *ret,
                           struct kc_err *err);
/* names: DNS names and IP addresses of the server. */
KC_CHECK bool kc_cert_issue(struct kc_arena *a, const struct kc_pem_pair *ca, const struct kc_strs *names, int64_t now,
                            int64_t life_ms, struct kc_pem_pair *ret, struct kc_err *err);
/* Whether cert is still good: signed by one of the certificates in ca_cert, names (n 0: of a CA) covered, at least a
 * third of its life left. Else *ret_why (a constant, may be NULL) says which. */
bool kc_cert_good(const char *cert, const char *ca_cert, const struct kc_strs *names, int64_t now,
                  const char **ret_why);
/* When kc_cert_good will turn false for want of life. */
int64_t kc_cert_renew_at(const char *cert);
int64_t kc_cert_expires_at(const char *cert);
bool kc_pem_pair_matches(const struct kc_pem_pair *pair); /* the key belongs to the certificate */
