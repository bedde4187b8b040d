/* discovery: what one API server serves, as a reference-counted, immutable kc_restmap.
 *
 * Uses aggregated discovery (apidiscovery.k8s.io/v2, GA since 1.30) on /api and /apis; an aggregated group that does
 * not answer is missing from the map, not an error. kc_discovery_get returns the newest map at once (workers may call
 * it); kc_discovery_refresh asks the server again, at most once every 10 s unless forced (a type was not found: CRDs
 * appear).
 */
#pragma once

#include "controller/kube/client.h"

struct kc_discovery;
struct kc_restmap_ref; /* a kc_restmap with a reference count */

struct kc_discovery *kc_discovery_create(struct kc_kube *k);
struct kc_discovery *kc_discovery_destroy(struct kc_discovery *d);
/* Blocks for the call. On failure the older map stays. */
KC_CHECK bool kc_discovery_refresh(struct kc_discovery *d, bool force, struct kc_err *err);
struct kc_restmap_ref *kc_discovery_get(struct kc_discovery *d); /* a new reference; NULL before the first refresh */
const struct kc_restmap *kc_restmap_of(const struct kc_restmap_ref *r);
struct kc_restmap_ref *kc_restmap_unref(struct kc_restmap_ref *r); /* accepts NULL, returns NULL */
/* Pure: parses the two documents (APIGroupDiscoveryList of /api and of /apis). */
KC_CHECK bool kc_discovery_parse(struct kc_arena *a, const json_t *core, const json_t *groups, struct kc_restmap *ret,
                                 struct kc_err *err);
