/* Both webhooks on any bytes: no crash, and an answer that is JSON and allows nothing without an identity. */
#include <stdlib.h>
#include <string.h>

#include "webhook/admission.h"

static const char *clusters[] = {KC_IN_CLUSTER};
static const struct kc_admission_snapshot snapshot = {.key = {{1}}, .cluster_uid = "c", .clusters = {clusters, 1}};

typedef bool (*admit)(struct kc_arena *a, const char *body, size_t len, const struct kc_admission_snapshot *s,
                      int64_t now, struct kc_buf *out, struct kc_admission_verdict *ret, struct kc_err *err);

static void check(struct kc_arena *a, admit fn, const char *body, size_t len)
{
    KC_BUF_SCOPE out = {0};
    struct kc_admission_verdict v;
    struct kc_err err = {0};
    if (!fn(a, body, len, &snapshot, INT64_C(1767323045000), &out, &v, &err)) {
        if (err.class != KC_INVALID || !*err.message)
            abort();
        return;
    }
    KC_JSON_SCOPE *answer = json_loadb(out.data, out.len, 0, NULL);
    if (!answer || kc_json_bool(answer, "response.allowed", !v.allowed) != v.allowed || !*v.who.username)
        abort();
    if (!v.allowed && (!*v.reason || !*v.message))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    check(a, kc_admit_mutating, (const char *)data, size);
    kc_arena_reset(a);
    check(a, kc_admit_validating, (const char *)data, size);
    return 0;
}
