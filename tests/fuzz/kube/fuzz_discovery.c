/* Any JSON as both discovery documents: every row that comes out is complete. */
#include <stdint.h>
#include <stdlib.h>

#include "controller/kube/discovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_restmap map;
    const json_t *root = kc_json_parse_in(a, (const char *)data, size, 1 << 20, "input", &err);
    if (!root || !kc_discovery_parse(a, root, root, &map, &err))
        return 0;
    for (size_t i = 0; i < map.n; i++) {
        const struct kc_mapping *m = &map.v[i];
        if (!m->group || !*m->version || !*m->kind || !*m->resource || !m->singular)
            abort();
        (void)kc_restmap_find(&map, m->resource);
    }
    return 0;
}
