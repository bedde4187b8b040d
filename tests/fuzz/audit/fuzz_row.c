/* An entry that decodes is canonical; what was read of it encodes and decodes to the same, and its claims are
 * well-formed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/audit/claims.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_claims(struct kc_arena *a, const struct kc_row *r)
{
    struct kc_claim claims[KC_CLAIM_KINDS];
    size_t n = kc_row_claims_of(a, r, claims);
    for (size_t i = 0; i < n; i++)
        for (unsigned k = 0; k < kc_claim_types[claims[i].kind].keys; k++)
            if (!claims[i].key[k] || !claims[i].request_uid)
                abort();
}

/* What this version does not know of an entry is dropped: the second encoding equals the first. */
static void round_trip(struct kc_arena *a, const struct kc_row *r)
{
    struct kc_err err = {0};
    struct kc_row back;
    size_t len, again_len;
    const char *entry = kc_row_encode(a, r, &len, &err);
    if (!entry) { /* names of blobs are checked on the way in only */
        if (err.class != KC_INVALID)
            abort();
        return;
    }
    if (!kc_row_decode(a, entry, len, &back, &err))
        abort();
    const char *again = kc_row_encode(a, &back, &again_len, &err);
    if (!again || len != again_len || memcmp(entry, again, len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_row r;
    if (!kc_row_decode(a, (const char *)data, size, &r, &err)) {
        if (err.class != KC_INVALID || !err.message[0])
            abort();
        return 0;
    }
    check_claims(a, &r);
    round_trip(a, &r);
    return 0;
}
