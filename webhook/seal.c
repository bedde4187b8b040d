#include "webhook/seal.h"

#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"

/* The first element keeps the two kinds apart: no approval can ever pass for a request. */
#define REQUEST_DOMAIN  "kubechat.io/request/v1"
#define APPROVAL_DOMAIN "kubechat.io/approval/v1"
#define SEAL_VERSION    "v1:"

/* A canonical JSON array, element by element. */
static void element(struct kc_buf *b, const char *s)
{
    kc_buf_putc(b, b->len == 0 ? '[' : ',');
    kc_json_quote(b, s ? s : "", s ? strlen(s) : 0);
}

static bool identity(struct kc_buf *b, const struct kc_identity *who, struct kc_err *err)
{
    KC_JSON_SCOPE *v = kc_identity_encode(who);
    kc_buf_putc(b, ',');
    return kc_json_canonical(v, b, err);
}

static const char *seal(struct kc_arena *a, const struct kc_seal_key *key, const struct kc_buf *b)
{
    uint8_t mac[KC_SHA256_LEN];
    kc_hmac_sha256(mac, key->b, sizeof key->b, b->data, b->len);
    return kc_arena_printf(a, SEAL_VERSION "%s", kc_base64(a, mac, sizeof mac));
}

/* name "": the server chooses it from generate_name, after the seal was made. */
static const char *seal_named(struct kc_arena *a, const struct kc_seal_key *key, const char *cluster_uid,
                              const struct kc_chatrequest *cr, const char *name, const char *generate_name,
                              struct kc_err *err)
{
    const char *immutable = kc_chatrequest_immutable(a, &cr->spec, err);
    if (!immutable)
        return NULL;
    KC_BUF_SCOPE b = {0};
    element(&b, REQUEST_DOMAIN);
    element(&b, cluster_uid);
    element(&b, cr->meta.ns);
    element(&b, name);
    element(&b, generate_name);
    element(&b, cr->spec.requested_by.nonce);
    if (!identity(&b, &cr->spec.requested_by.who, err))
        return NULL;
    kc_buf_putc(&b, ',');
    kc_buf_puts(&b, immutable);
    kc_buf_putc(&b, ']');
    return seal(a, key, &b);
}

const char *kc_seal_request(struct kc_arena *a, const struct kc_seal_key *key, const char *cluster_uid,
                            const struct kc_chatrequest *cr, struct kc_err *err)
{
    const char *name = kc_or(cr->meta.name, "");
    return seal_named(a, key, cluster_uid, cr, name, *name ? "" : cr->meta.generate_name, err);
}

const char *kc_seal_approval(struct kc_arena *a, const struct kc_seal_key *key, const char *cluster_uid,
                             const char *request_uid, const struct kc_approval *approval, struct kc_err *err)
{
    char time[KC_TIME_LEN];
    KC_BUF_SCOPE b = {0};
    element(&b, APPROVAL_DOMAIN);
    element(&b, cluster_uid);
    element(&b, request_uid);
    element(&b, kc_decision_name(approval->decision));
    element(&b, approval->plan_digest);
    element(&b, approval->confirm);
    element(&b, approval->comment);
    element(&b, kc_time_format(time, approval->time)); /* whole seconds, as it is stored */
    if (!identity(&b, &approval->who, err))
        return NULL;
    kc_buf_putc(&b, ']');
    return seal(a, key, &b);
}

static bool same(const char *expected, const char *found)
{
    return expected && found && strlen(expected) == strlen(found) &&
           kc_equal_const_time(expected, found, strlen(expected));
}

bool kc_seal_request_valid(const struct kc_seal_key *key, const char *cluster_uid, const struct kc_chatrequest *cr)
{
    const char *found = cr->spec.requested_by.seal;
    if (!found || !*found)
        return false;
    KC_ARENA_SCOPE(a);
    if (same(kc_seal_request(a, key, cluster_uid, cr, NULL), found))
        return true;
    const char *prefix = kc_or(cr->meta.generate_name, "");
    return *prefix && kc_str_starts(kc_or(cr->meta.name, ""), prefix) &&
           same(seal_named(a, key, cluster_uid, cr, "", prefix, NULL), found);
}

bool kc_seal_approval_valid(const struct kc_seal_key *key, const char *cluster_uid, const char *request_uid,
                            const struct kc_approval *approval)
{
    const char *found = approval->seal;
    if (!found || !*found)
        return false;
    KC_ARENA_SCOPE(a);
    return same(kc_seal_approval(a, key, cluster_uid, request_uid, approval, NULL), found);
}
