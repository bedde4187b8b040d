/* AIProviders as somebody may have written them into etcd: decoded or refused; what was decoded is encoded and decoded
 * to the same. */
#include <stdint.h>
#include <stdlib.h>

#include "api/aiprovider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_aiprovider p, again;
    struct kc_err err = {0};
    const json_t *object = kc_json_parse_in(a, (const char *)data, size, 1 << 20, "object", &err);

    if (!object || !kc_aiprovider_decode(a, object, false, &p, &err))
        return 0;
    KC_JSON_SCOPE *first = kc_aiprovider_encode(&p);
    if (!first || !kc_aiprovider_decode(a, first, true, &again, &err))
        abort();
    KC_JSON_SCOPE *second = kc_aiprovider_encode(&again);
    if (!json_equal(first, second))
        abort();
    return 0;
}
