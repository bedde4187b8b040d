#include "controller/base/digest.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Fetching an algorithm costs more than hashing a kilobyte: fetched once, read-only afterwards. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MAC_CTX *hmac_template;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    hmac_template = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    if (!sha256 || !hmac_template || EVP_MAC_CTX_set_params(hmac_template, params) != 1)
        abort();
}

void kc_sha256(uint8_t out[KC_SHA256_LEN], const void *p, size_t len)
{
    kc_sha256v(out, &(struct kc_iov){p, len}, 1);
}

void kc_sha256v(uint8_t out[KC_SHA256_LEN], const struct kc_iov *v, size_t n)
{
    (void)pthread_once(&once, fetch);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex2(ctx, sha256, NULL) == 1;
    for (size_t i = 0; ok && i < n; i++)
        ok = !v[i].len || EVP_DigestUpdate(ctx, v[i].p, v[i].len) == 1;
    if (!ok || EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        abort();
    EVP_MD_CTX_free(ctx);
}

void kc_hmac_sha256(uint8_t out[KC_SHA256_LEN], const void *key, size_t key_len, const void *p, size_t len)
{
    (void)pthread_once(&once, fetch);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(hmac_template);
    size_t written;
    if (!ctx || EVP_MAC_init(ctx, key_len ? key : "", key_len, NULL) != 1 ||
        (len && EVP_MAC_update(ctx, p, len) != 1) || EVP_MAC_final(ctx, out, &written, KC_SHA256_LEN) != 1)
        abort();
    EVP_MAC_CTX_free(ctx);
}

const char *kc_digest_string(struct kc_arena *a, const void *p, size_t len)
{
    static const char prefix[] = "sha256:";
    uint8_t sum[KC_SHA256_LEN];
    kc_sha256(sum, p, len);
    char *s = kc_arena_alloc(a, sizeof prefix - 1 + KC_HEX_LEN);
    memcpy(s, prefix, sizeof prefix - 1);
    kc_hex(s + sizeof prefix - 1, sum, sizeof sum);
    return s;
}

const char *kc_hex(char *out, const void *p, size_t len)
{
    const uint8_t *bytes = p;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool kc_unhex(uint8_t *out, size_t len, const char *hex)
{
    if (strnlen(hex, 2 * len + 1) != 2 * len)
        return false;
    for (size_t i = 0; i < 2 * len; i++)
        if (hex_value(hex[i]) < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(hex_value(hex[2 * i]) * 16 + hex_value(hex[2 * i + 1]));
    return true;
}

char *kc_base64(struct kc_arena *a, const void *p, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = p;
    char *s = kc_arena_alloc(a, (len + 2) / 3 * 4 + 1), *out = s;
    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        uint32_t bits = (uint32_t)in[i] << 16;
        bits |= have > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        bits |= have > 2 ? in[i + 2] : 0;
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = have > 1 ? alphabet[bits >> 6 & 63] : '=';
        *out++ = have > 2 ? alphabet[bits & 63] : '=';
    }
    return s;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint8_t *kc_unbase64(struct kc_arena *a, const char *s, size_t len, size_t *ret_len)
{
    if (len % 4 != 0)
        return NULL;
    size_t padding = 0;
    while (padding < 2 && padding < len && s[len - 1 - padding] == '=')
        padding++;
    uint8_t *bytes = kc_arena_alloc(a, len / 4 * 3 + 1);
    size_t n = 0;
    uint32_t bits = 0;
    unsigned waiting = 0;
    for (size_t i = 0; i < len - padding; i++) {
        int value = base64_value(s[i]);
        if (value < 0)
            return NULL;
        bits = bits << 6 | (uint32_t)value;
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            bytes[n++] = (uint8_t)(bits >> waiting);
            bits &= (1U << waiting) - 1;
        }
    }
    /* One text for each value: the bits that padding leaves over are zero (RFC 4648, section 3.5). */
    if (bits != 0)
        return NULL;
    *ret_len = n;
    return bytes;
}

bool kc_equal_const_time(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void kc_random(void *out, size_t len)
{
    if (len > INT_MAX || RAND_bytes(out, (int)len) != 1)
        abort();
}

const char *kc_uuid(char out[37])
{
    uint8_t bytes[16];
    char hex[33];
    kc_random(bytes, sizeof bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    kc_hex(hex, bytes, sizeof bytes);
    char *to = out;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *to++ = '-';
        *to++ = hex[i];
    }
    *to = '\0';
    return out;
}
