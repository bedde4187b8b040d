/* store: the newest known version of every object of one kind, by its key.
 *
 * Records are immutable and reference-counted, one allocation each: what a reader holds never changes, a newer version
 * is another record. One writer (the reflector), any number of readers; kc_store_get takes a reference under a short
 * lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kc_store;

/* Header of every record; the kind's own packed data follows (data, size bytes). */
struct kc_record {
    const char *key; /* "namespace/name"; "name" for cluster-scoped objects */
    const char *uid;
    const char *resource_version;
    const void *data; /* aligned for any type */
    size_t size;
};

/* Copies everything. The record is born with one reference. */
struct kc_record *kc_record_create(const char *key, const char *uid, const char *resource_version, const void *data,
                                   size_t size);
const struct kc_record *kc_record_ref(const struct kc_record *r);
const struct kc_record *kc_record_unref(const struct kc_record *r); /* accepts NULL, returns NULL */

struct kc_store *kc_store_create(void);
struct kc_store *kc_store_destroy(struct kc_store *s);                     /* accepts NULL, returns NULL */
const struct kc_record *kc_store_get(struct kc_store *s, const char *key); /* a new reference; NULL: not there */
size_t kc_store_count(struct kc_store *s);
void kc_store_put(struct kc_store *s, struct kc_record *r); /* takes over the reference; replaces an older version */
bool kc_store_remove(struct kc_store *s, const char *key);  /* false: it was not there */
/* New references to all records, in no order; the caller unrefs each and frees the array (never NULL). */
const struct kc_record **kc_store_list(struct kc_store *s, size_t *ret_n);
