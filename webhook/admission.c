#include "webhook/admission.h"

#include "webhook/review.h"
#include "webhook/stamp.h"
#include "webhook/validate.h"

static const char *const operations[] = {[KC_CREATE] = "CREATE", [KC_UPDATE] = "UPDATE"};

/* The answer's other half: the same facts for whoever keeps the record. */
static void conclude(struct kc_arena *a, const struct kc_review *r, bool allowed, const struct kc_err *why,
                     struct kc_admission_verdict *ret)
{
    const char *generate_name = kc_or(kc_json_str(r->object, "metadata.generateName"), "");
    *ret = (struct kc_admission_verdict){
        .allowed = allowed,
        .dry_run = r->dry_run,
        .operation = operations[r->operation],
        .ns = r->ns,
        .name = kc_or(r->name, generate_name),
        .uid = kc_or(kc_json_str(r->old, "metadata.uid"), ""),
        .reason = allowed ? "" : kc_arena_strdup(a, why->reason),
        .message = allowed ? "" : kc_arena_strdup(a, why->message),
        .who = r->who,
    };
}

bool kc_admit_mutating(struct kc_arena *a, const char *body, size_t len, const struct kc_admission_snapshot *s,
                       int64_t now, struct kc_buf *out, struct kc_admission_verdict *ret, struct kc_err *err)
{
    struct kc_review r;
    struct kc_err why = {0};
    KC_BUF_SCOPE patch = {0};
    if (!kc_review_decode(a, body, len, &r, err))
        return false;
    bool allowed = kc_stamp(a, &r, s, now, &patch, &why);
    if (allowed)
        kc_review_allow(a, &r, patch.data, patch.len, NULL, out);
    else
        kc_review_refuse(&r, &why, out);
    conclude(a, &r, allowed, &why, ret);
    return true;
}

bool kc_admit_validating(struct kc_arena *a, const char *body, size_t len, const struct kc_admission_snapshot *s,
                         int64_t now, struct kc_buf *out, struct kc_admission_verdict *ret, struct kc_err *err)
{
    (void)now;
    struct kc_review r;
    struct kc_err why = {0};
    struct kc_strs warnings = {0};
    if (!kc_review_decode(a, body, len, &r, err))
        return false;
    bool allowed = kc_validate(a, &r, s, &warnings, &why);
    if (allowed)
        kc_review_allow(a, &r, NULL, 0, &warnings, out);
    else
        kc_review_refuse(&r, &why, out);
    conclude(a, &r, allowed, &why, ret);
    return true;
}
