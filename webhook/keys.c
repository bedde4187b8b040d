#include "webhook/keys.h"

#include <string.h>

#include "controller/base/buf.h"
#include "controller/base/clock.h"
#include "controller/base/digest.h"

#define DAY_MS          (24 * KC_HOUR_MS)
#define CA_LIFE_MS      (1825 * DAY_MS) /* 5 years */
#define SERVING_LIFE_MS (90 * DAY_MS)
#define CERT_END        "-----END CERTIFICATE-----\n"

#define CA_CERT      "ca.crt"
#define CA_KEY       "ca.key"
#define CA_BUNDLE    "ca-bundle.crt"
#define SERVING_CERT "tls.crt"
#define SERVING_KEY  "tls.key"
#define SEAL_KEY     "seal.key"

/* NULL when the key is absent, or is not base64. */
static const uint8_t *entry(struct kc_arena *a, const json_t *secret, const char *key, size_t *ret_len)
{
    const char *text = kc_json_map_get(secret, "data", key);
    return text ? kc_unbase64(a, text, strlen(text), ret_len) : NULL;
}

static const char *text(struct kc_arena *a, const json_t *secret, const char *key)
{
    size_t len = 0;
    const uint8_t *bytes = entry(a, secret, key, &len);
    return bytes ? kc_arena_strndup(a, (const char *)bytes, len) : "";
}

bool kc_webhook_keys_decode(struct kc_arena *a, const json_t *secret, struct kc_webhook_keys *ret, struct kc_err *err)
{
    struct kc_webhook_keys k = {
        .ca = {text(a, secret, CA_CERT), text(a, secret, CA_KEY)},
        .bundle = text(a, secret, CA_BUNDLE),
        .serving = {text(a, secret, SERVING_CERT), text(a, secret, SERVING_KEY)},
    };
    if (kc_json_map_get(secret, "data", SEAL_KEY)) {
        size_t len = 0;
        const uint8_t *bytes = entry(a, secret, SEAL_KEY, &len);
        if (!bytes || len != KC_SEAL_KEY_LEN)
            return kc_fail(
                err, KC_INVALID, "SealKey",
                "secret \"" KC_WEBHOOK_SECRET "\": data[\"" SEAL_KEY "\"] is not the base64 of %d bytes; restore it "
                "from a backup, or remove it: a new one is made then, and requests that wait for approval have to "
                "be asked again",
                KC_SEAL_KEY_LEN);
        memcpy(k.seal.b, bytes, len);
        k.has_seal = true;
    }
    *ret = k;
    return true;
}

/* The newest first, then those of the old bundle that have not expired. */
static const char *bundle(struct kc_arena *a, const char *newest, const char *older, int64_t now)
{
    KC_BUF_SCOPE out = {0};
    kc_buf_puts(&out, newest);
    for (const char *end; (end = strstr(older, CERT_END)); older = end + strlen(CERT_END)) {
        const char *cert = kc_arena_strndup(a, older, (size_t)(end - older) + strlen(CERT_END));
        if (kc_cert_expires_at(cert) > now && !strstr(newest, cert))
            kc_buf_puts(&out, cert);
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static bool ca_good(const struct kc_pem_pair *ca, int64_t now)
{
    const struct kc_strs no_names = {0};
    return kc_cert_good(ca->cert, ca->cert, &no_names, now, NULL) && kc_pem_pair_matches(ca);
}

static bool can_sign(const struct kc_pem_pair *ca, int64_t now)
{
    return kc_cert_expires_at(ca->cert) > now + SERVING_LIFE_MS && kc_pem_pair_matches(ca);
}

static bool renew_serving(struct kc_arena *a, struct kc_webhook_keys *k, const struct kc_strs *names, int64_t now,
                          bool *changed, struct kc_err *err)
{
    if (kc_cert_good(k->serving.cert, k->bundle, names, now, NULL) && kc_pem_pair_matches(&k->serving))
        return true;
    *changed = true;
    return kc_cert_issue(a, &k->ca, names, now, SERVING_LIFE_MS, &k->serving, err);
}

bool kc_webhook_keys_renew(struct kc_arena *a, struct kc_webhook_keys *k, const struct kc_strs *names, int64_t now,
                           bool *ret_changed, struct kc_err *err)
{
    struct kc_webhook_keys next = *k;
    bool changed = false;
    if (!next.has_seal) {
        kc_random(next.seal.b, sizeof next.seal.b);
        next.has_seal = changed = true;
    }
    /* As long as it can sign, the CA that everybody trusts already does: its successor is not known to them yet. */
    if (can_sign(&next.ca, now) && !renew_serving(a, &next, names, now, &changed, err))
        return false;
    if (!ca_good(&next.ca, now)) {
        if (!kc_ca_create(a, "kubechat webhook CA", now, CA_LIFE_MS, &next.ca, err))
            return false;
        changed = true;
    }
    next.bundle = bundle(a, next.ca.cert, next.bundle, now);
    changed |= !KC_STREQ(next.bundle, k->bundle);
    if (!renew_serving(a, &next, names, now, &changed, err))
        return false;
    *k = next;
    *ret_changed = changed;
    return true;
}

void kc_webhook_keys_encode(struct kc_arena *a, const struct kc_webhook_keys *k, json_t *secret)
{
    const struct {
        const char *key;
        const void *bytes;
        size_t len;
    } entries[] = {
        {CA_CERT, k->ca.cert, strlen(k->ca.cert)},
        {CA_KEY, k->ca.key, strlen(k->ca.key)},
        {CA_BUNDLE, k->bundle, strlen(k->bundle)},
        {SERVING_CERT, k->serving.cert, strlen(k->serving.cert)},
        {SERVING_KEY, k->serving.key, strlen(k->serving.key)},
        {SEAL_KEY, k->seal.b, sizeof k->seal.b},
    };
    json_t *data = json_object_get(secret, "data");
    if (!json_is_object(data)) {
        data = json_object();
        json_object_set_new(secret, "data", data);
    }
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        json_object_set_new(data, entries[i].key, json_string(kc_base64(a, entries[i].bytes, entries[i].len)));
}
