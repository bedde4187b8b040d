#include "controller/exec/redact.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define SHOWN_DIGITS 24

static json_t *digest_of(const json_t *v, const struct kc_redact_key *key)
{
    uint8_t mac[KC_SHA256_LEN];
    char hex[KC_HEX_LEN], shown[sizeof "hmac:" + SHOWN_DIGITS];
    char *bytes = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    const char *text = bytes ? bytes : "";
    kc_hmac_sha256(mac, key->b, sizeof key->b, text, strlen(text));
    free(bytes);
    kc_hex(hex, mac, sizeof mac);
    memcpy(shown, "hmac:", 5);
    memcpy(shown + 5, hex, SHOWN_DIGITS);
    shown[5 + SHOWN_DIGITS] = '\0';
    return json_string(shown);
}

static void redact_values(json_t *map, const struct kc_redact_key *key)
{
    const char *name;
    json_t *v;
    void *next;
    json_object_foreach_safe(map, next, name, v) json_object_set_new(map, name, digest_of(v, key));
}

static void redact_one(json_t *object, bool secret, const struct kc_redact_key *key)
{
    json_t *annotations = kc_json_at(object, "metadata.annotations"), *applied;
    if ((applied = json_object_get(annotations, LAST_APPLIED)))
        json_object_set_new(annotations, LAST_APPLIED, digest_of(applied, key));
    if (!secret)
        return;
    redact_values(json_object_get(object, "data"), key);
    redact_values(json_object_get(object, "stringData"), key);
}

static bool is_secret(const json_t *object)
{
    const char *kind = kc_json_str(object, "kind");
    return kind && (KC_STREQ(kind, "Secret") || KC_STREQ(kind, "SecretList"));
}

void kc_redact(json_t *object, const struct kc_redact_key *key)
{
    json_t *items = json_object_get(object, "items"), *rows = json_object_get(object, "rows"), *v;
    bool secret = is_secret(object);
    size_t i;
    redact_one(object, secret, key);
    json_array_foreach(items, i, v) redact_one(v, secret || is_secret(v), key);
    json_array_foreach(rows, i, v)
        redact_one(json_object_get(v, "object"), is_secret(json_object_get(v, "object")), key);
}
