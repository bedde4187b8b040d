#include "webhook/stamp.h"

#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/guard/guard.h"
#include "webhook/approval.h"

static void set_string(json_t *object, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(object, key, json_string(value));
}

/* One operation; takes value. */
static bool write_patch(struct kc_buf *patch, const char *op, const char *path, json_t *value, struct kc_err *err)
{
    kc_buf_printf(patch, "[{\"op\":\"%s\",\"path\":\"%s\",\"value\":", op, path);
    bool ok = kc_json_canonical(value, patch, err);
    json_decref(value);
    kc_buf_puts(patch, "}]");
    return ok;
}

static const char *nonce(struct kc_arena *a)
{
    uint8_t bytes[16];
    kc_random(bytes, sizeof bytes);
    return kc_hex(kc_arena_alloc(a, 2 * sizeof bytes + 1), bytes, sizeof bytes);
}

static bool stamp_request(struct kc_arena *a, const struct kc_review *r, const struct kc_admission_snapshot *s,
                          struct kc_buf *patch, struct kc_err *err)
{
    if (!kc_guard_requester(&r->who, err) ||
        !kc_caller_claim(kc_json_at(r->object, "spec.requestedBy"), "spec.requestedBy", &r->who, err))
        return false;
    if (json_array_size(kc_json_at(r->object, "spec.approvals")) > 0)
        return kc_fail(
            err, KC_INVALID, "ApprovalOnCreate",
            "spec.approvals must be empty in a new request: approvals answer a plan that has been shown; leave them "
            "out of the file that you apply");
    /* What the author wrote about themselves is replaced whole, so its form does not matter. */
    json_object_del(kc_json_at(r->object, "spec"), "requestedBy");

    struct kc_chatrequest cr;
    if (!kc_chatrequest_decode(a, r->object, true, &cr, err))
        return false;
    cr.meta.ns = r->ns;
    cr.spec.requested_by.who = r->who;
    cr.spec.requested_by.nonce = nonce(a);
    cr.spec.requested_by.seal = kc_seal_request(a, &s->key, s->cluster_uid, &cr, err);
    if (!cr.spec.requested_by.seal)
        return false;
    json_t *v = kc_identity_encode(&r->who);
    set_string(v, "nonce", cr.spec.requested_by.nonce);
    set_string(v, "seal", cr.spec.requested_by.seal);
    return write_patch(patch, "add", "/spec/requestedBy", v, err);
}

static bool stamp_approval(struct kc_arena *a, const struct kc_review *r, const struct kc_admission_snapshot *s,
                           int64_t now, struct kc_buf *patch, struct kc_err *err)
{
    size_t at;
    if (!kc_approval_appended(r, &at, err))
        return false;
    if (at == KC_NO_APPROVAL)
        return true;
    const json_t *given = json_array_get(kc_json_at(r->object, "spec.approvals"), at);
    const char *decision = kc_json_str(given, "decision");
    struct kc_approval approval = {
        .who = r->who,
        .decision = KC_STREQ(decision, kc_decision_name(KC_APPROVE)) ? KC_APPROVE : KC_REJECT,
        .plan_digest = kc_json_str(given, "planDigest"),
        .confirm = kc_or(kc_json_str(given, "confirm"), ""),
        .comment = kc_or(kc_json_str(given, "comment"), ""),
        .time = now,
    };
    const char *request_uid = kc_or(kc_json_str(r->old, "metadata.uid"), "");
    const char *seal = kc_seal_approval(a, &s->key, s->cluster_uid, request_uid, &approval, err);
    if (!seal)
        return false;
    char time[KC_TIME_LEN];
    json_t *v = kc_identity_encode(&r->who);
    set_string(v, "decision", decision);
    set_string(v, "planDigest", approval.plan_digest);
    set_string(v, "confirm", approval.confirm);
    set_string(v, "comment", approval.comment);
    set_string(v, "time", kc_time_format(time, now));
    set_string(v, "seal", seal);
    return write_patch(patch, "replace", kc_arena_printf(a, "/spec/approvals/%zu", at), v, err);
}

bool kc_stamp(struct kc_arena *a, const struct kc_review *r, const struct kc_admission_snapshot *s, int64_t now,
              struct kc_buf *patch, struct kc_err *err)
{
    return r->operation == KC_CREATE ? stamp_request(a, r, s, patch, err) : stamp_approval(a, r, s, now, patch, err);
}
