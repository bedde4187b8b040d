/* fleet: the cluster's objects in memory: a reflector and a store for each row of kinds.c, as ourselves.
 *
 * Starts at once, on the http client's I/O thread; a kind that we may not list stays without, and the others go on.
 * What comes out is what the API server said last, as ourselves: what a person may see of it is decided by whoever
 * shows it. Everything here may be called on any thread but the I/O thread.
 */
#pragma once

#include "controller/kube/client.h"
#include "controller/kube/kind.h"

struct kc_fleet;

/* How the first state comes: the other two are for tests and measurements. */
enum kc_fleet_start {
    KC_FLEET_BY_KIND, /* in pages for kinds of which there are many, by a watch for the others (decision 0011) */
    KC_FLEET_WATCH_LISTS,
    KC_FLEET_PAGES,
};
struct kc_fleet_options {
    enum kc_fleet_start start;
};

/* options: NULL for all defaults. */
struct kc_fleet *kc_fleet_create(struct kc_kube *k, const struct kc_fleet_options *options);
/* Blocks until the reflectors have ended; before the http client is destroyed. Snapshots and records outlive it.
 * Accepts NULL, returns NULL. */
struct kc_fleet *kc_fleet_destroy(struct kc_fleet *f);

/* Whether the kind's list is complete and its watch is up: what is in the store is what there is. False for a kind that
 * is no row. fleet may be NULL. */
bool kc_fleet_has(const struct kc_fleet *f, const struct kc_kind *k);
bool kc_fleet_synced(const struct kc_fleet *f); /* all kinds have been listed once */

/* The kind's records in one namespace ("" for cluster-scoped kinds), sorted by name: a new reference, never NULL, for
 * kc_snapshot_unref. Costs the same for one object and for thousands. */
const struct kc_snapshot *kc_fleet_list(struct kc_fleet *f, const struct kc_kind *k, const char *ns);
/* One object, a new reference; NULL: not there. */
const struct kc_record *kc_fleet_get(struct kc_fleet *f, const struct kc_kind *k, const char *ns, const char *name);
/* The namespaces in which the kind has objects: kc_store_namespaces. */
char **kc_fleet_namespaces(struct kc_fleet *f, const struct kc_kind *k);
size_t kc_fleet_count(struct kc_fleet *f, const struct kc_kind *k);
