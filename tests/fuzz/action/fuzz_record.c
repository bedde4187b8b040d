/* A plan of record out of the store: refused, or decoded to something that encodes to the same digest again. */
#include <stdlib.h>
#include <string.h>

#include "controller/action/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_plan_record r, again;
    struct kc_err err = {0};
    size_t len;
    if (!kc_plan_record_decode(a, (const char *)data, size, &r, &err))
        return 0;
    const char *digest = kc_plan_digest(a, &r, &err);
    const char *bytes = digest ? kc_plan_record_encode(a, &r, &len, &err) : NULL;
    if (!bytes)
        return 0; /* times beyond 2^53 */
    if (!kc_plan_record_decode(a, bytes, len, &again, &err) || !KC_STREQ(kc_plan_digest(a, &again, &err), digest))
        abort();
    return 0;
}
