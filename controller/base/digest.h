/* digest: hashes, MACs, encodings and random bytes, all from OpenSSL. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "controller/base/arena.h"

#define KC_SHA256_LEN 32
#define KC_HEX_LEN    (2 * KC_SHA256_LEN + 1)

void kc_sha256(uint8_t out[KC_SHA256_LEN], const void *p, size_t len);
/* SHA-256 over several pieces, as if they were one. */
struct kc_iov {
    const void *p;
    size_t len;
};
void kc_sha256v(uint8_t out[KC_SHA256_LEN], const struct kc_iov *v, size_t n);
void kc_hmac_sha256(uint8_t out[KC_SHA256_LEN], const void *key, size_t key_len, const void *p, size_t len);

/* "sha256:<64 hex digits>", allocated in a. */
const char *kc_digest_string(struct kc_arena *a, const void *p, size_t len);

const char *kc_hex(char *out, const void *p, size_t len);          /* out: 2*len+1 bytes, lower case */
KC_CHECK bool kc_unhex(uint8_t *out, size_t len, const char *hex); /* exactly 2*len digits */
char *kc_base64(struct kc_arena *a, const void *p, size_t len);    /* RFC 4648 section 4, padded */
/* Accepts padded standard base64 without white space; NULL on anything else. */
KC_CHECK uint8_t *kc_unbase64(struct kc_arena *a, const char *s, size_t len, size_t *ret_len);

bool kc_equal_const_time(const void *a, const void *b, size_t len);
void kc_random(void *out, size_t len); /* aborts when the system has no randomness */
/* RFC 9562 version 4, lower case. */
const char *kc_uuid(char out[37]);
