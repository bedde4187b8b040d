#include "controller/audit/locker.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "controller/audit/keyfile.h"
#include "controller/base/buf.h"
#include "controller/base/digest.h"

#define VERSION   1
#define KEY_LEN   32
#define ID_LEN    8
#define NONCE_LEN 12
#define TAG_LEN   16
#define HEAD_LEN  (1 + ID_LEN)
#define ID_DOMAIN "kubechat locker key v1" /* so that the id is no hash of the bare key */

struct key {
    uint8_t key[KEY_LEN];
    uint8_t id[ID_LEN];
};
struct kc_locker {
    size_t n;
    struct key keys[KC_LOCKER_MAX_KEYS];
};

static bool add_key(struct kc_locker *l, const char *line, size_t len, const char *path, size_t number,
                    struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    size_t key_len;
    uint8_t *bytes = kc_unbase64(a, line, len, &key_len);
    bool fits = bytes && key_len == KEY_LEN;
    if (fits && l->n < KC_LOCKER_MAX_KEYS) {
        struct key *k = &l->keys[l->n++];
        uint8_t mac[KC_SHA256_LEN];
        memcpy(k->key, bytes, KEY_LEN);
        kc_hmac_sha256(mac, bytes, KEY_LEN, ID_DOMAIN, strlen(ID_DOMAIN));
        memcpy(k->id, mac, ID_LEN);
        OPENSSL_cleanse(bytes, KEY_LEN);
        return true;
    }
    if (bytes)
        OPENSSL_cleanse(bytes, key_len);
    if (fits)
        return kc_fail(err, KC_INVALID, "InvalidKeyFile", "key file %s: more than %d keys", path, KC_LOCKER_MAX_KEYS);
    return kc_fail(err, KC_INVALID, "InvalidKeyFile",
                   "key file %s: line %zu is not a key of %d bytes in base64; \"head -c%d /dev/urandom | base64\" "
                   "makes one",
                   path, number, KEY_LEN, KEY_LEN);
}

static bool read_keys(struct kc_locker *l, const char *path, const char *text, struct kc_err *err)
{
    size_t number = 0;
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\r\n");
        number++;
        if (len > 0 && !add_key(l, at, len, path, number, err))
            return false;
        at += len;
        if (*at == '\r' && at[1] == '\n')
            at++;
        at += *at != '\0';
    }
    if (l->n == 0)
        return kc_fail(err, KC_INVALID, "InvalidKeyFile",
                       "key file %s: holds no key; \"head -c%d /dev/urandom | base64\" makes one", path, KEY_LEN);
    return true;
}

struct kc_locker *kc_locker_open(const char *key_path, struct kc_err *err)
{
    char text[KC_KEYFILE_MAX];
    if (!kc_keyfile_read(key_path, text, err))
        return NULL;
    struct kc_locker *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    bool ok = read_keys(l, key_path, text, err);
    OPENSSL_cleanse(text, sizeof text);
    return ok ? l : kc_locker_close(l);
}

struct kc_locker *kc_locker_close(struct kc_locker *l)
{
    if (l)
        OPENSSL_cleanse(l, sizeof *l);
    free(l);
    return NULL;
}

/* Additional data: the head, then the context. */
static bool additional(EVP_CIPHER_CTX *ctx, const uint8_t *head, const char *context)
{
    int n;
    return EVP_CipherUpdate(ctx, NULL, &n, head, HEAD_LEN) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)context, (int)strlen(context)) == 1;
}

/* Starts AES-256-GCM over the head and the context; NULL: the library cannot. */
static EVP_CIPHER_CTX *begin(const struct key *k, const uint8_t *head, const uint8_t *nonce, const char *context,
                             int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, k->key, nonce, encrypt) == 1 &&
        additional(ctx, head, context))
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

const void *kc_locker_lock(const struct kc_locker *l, struct kc_arena *a, const char *context, const void *plain,
                           size_t len, size_t *ret_len, struct kc_err *err)
{
    if (len > KC_LOCKER_MAX_PLAIN)
        return kc_fail(err, KC_INVALID, "TooLarge", "%s: %zu bytes, at most %d can be locked", context, len,
                       KC_LOCKER_MAX_PLAIN),
               NULL;
    const struct key *k = &l->keys[0];
    uint8_t *out = kc_arena_alloc(a, len + KC_LOCKER_OVERHEAD), *nonce = out + HEAD_LEN, *body = nonce + NONCE_LEN;
    out[0] = VERSION;
    memcpy(out + 1, k->id, ID_LEN);
    kc_random(nonce, NONCE_LEN);
    int n = 0, rest = 0;
    EVP_CIPHER_CTX *ctx = begin(k, out, nonce, context, 1);
    bool ok = ctx && EVP_CipherUpdate(ctx, body, &n, len ? plain : "", (int)len) == 1 &&
              EVP_CipherFinal_ex(ctx, body + n, &rest) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, body + len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!ok)
        return kc_fail(err, KC_FATAL, "CannotLock", "%s: OpenSSL refused AES-256-GCM", context), NULL;
    *ret_len = len + KC_LOCKER_OVERHEAD;
    return out;
}

static const struct key *key_of(const struct kc_locker *l, const uint8_t *id)
{
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(l->keys[i].id, id, ID_LEN) == 0)
            return &l->keys[i];
    return NULL;
}

const void *kc_locker_unlock(const struct kc_locker *l, struct kc_arena *a, const char *context, const void *locked,
                             size_t len, size_t *ret_len, struct kc_err *err)
{
    const uint8_t *in = locked, *nonce = in + HEAD_LEN, *body = nonce + NONCE_LEN;
    if (len < KC_LOCKER_OVERHEAD || len > (size_t)KC_LOCKER_MAX_PLAIN + KC_LOCKER_OVERHEAD || in[0] != VERSION)
        return kc_fail(err, KC_INVALID, "NotLocked", "%s: %zu bytes that no locker made", context, len), NULL;
    const struct key *k = key_of(l, in + 1);
    if (!k) {
        char id[2 * ID_LEN + 1];
        return kc_fail(err, KC_NOT_FOUND, "KeyGone",
                       "%s: locked with key %s, which the capture key file no longer holds: put its line back", context,
                       kc_hex(id, in + 1, ID_LEN)),
               NULL;
    }
    size_t plain = len - KC_LOCKER_OVERHEAD;
    uint8_t *out = kc_arena_alloc(a, plain + 1), tag[TAG_LEN];
    memcpy(tag, body + plain, TAG_LEN);
    int n = 0, rest = 0;
    EVP_CIPHER_CTX *ctx = begin(k, in, nonce, context, 0);
    bool ok = ctx && EVP_CipherUpdate(ctx, out, &n, body, (int)plain) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN, tag) == 1 &&
              EVP_CipherFinal_ex(ctx, out + n, &rest) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!ok) {
        OPENSSL_cleanse(out, plain);
        return kc_fail(err, KC_INVALID, "NotLocked", "%s: does not open: changed since, or locked for something else",
                       context),
               NULL;
    }
    *ret_len = plain;
    return out;
}
