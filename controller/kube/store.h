/* store: the newest known version of every object of one kind, sorted by namespace and name.
 *
 * Records are immutable and reference-counted, one allocation each: what a reader holds never changes, a newer version
 * is another record. One writer (the reflector), any number of readers, short locks. A namespace's records are an array
 * sorted by name: lists come in that order, so that filling it is appending, and a reader takes the whole array by one
 * reference; the writer copies it before its next change only if somebody still reads it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kc_store;

/* Header of every record; the kind's own packed data follows (data, size bytes). */
struct kc_record {
    const char *key;  /* "namespace/name"; "name" for cluster-scoped objects */
    const char *name; /* the key's last part */
    const char *uid;
    const char *resource_version;
    const void *data; /* aligned for any type */
    size_t size;
};

/* A record with size zeroed bytes of data, which the caller fills in at *ret_data before anybody else sees it. Copies
 * the strings. The record is born with one reference. release, when not NULL, is called with data before it is freed,
 * on whatever thread drops the last reference. */
struct kc_record *kc_record_alloc(const char *key, const char *uid, const char *resource_version, size_t size,
                                  void (*release)(void *data), void **ret_data);
/* The same with a copy of data. */
struct kc_record *kc_record_create(const char *key, const char *uid, const char *resource_version, const void *data,
                                   size_t size);
const struct kc_record *kc_record_ref(const struct kc_record *r);
const struct kc_record *kc_record_unref(const struct kc_record *r); /* accepts NULL, returns NULL */

/* One namespace's records at one moment, sorted by name; immutable. */
struct kc_snapshot {
    size_t n;
    const struct kc_record *const *v;
};
const struct kc_snapshot *kc_snapshot_unref(const struct kc_snapshot *s); /* accepts NULL, returns NULL */
const struct kc_record *kc_snapshot_find(const struct kc_snapshot *s, const char *name); /* borrowed; NULL: not there */

struct kc_store *kc_store_create(void);
struct kc_store *kc_store_destroy(struct kc_store *s);                     /* accepts NULL, returns NULL */
const struct kc_record *kc_store_get(struct kc_store *s, const char *key); /* a new reference; NULL: not there */
size_t kc_store_count(struct kc_store *s);
/* New references to all records, sorted; the caller unrefs each and frees the array (never NULL). */
const struct kc_record **kc_store_list(struct kc_store *s, size_t *ret_n);
/* The records of one namespace, "" for cluster-scoped objects; a new reference, never NULL. */
const struct kc_snapshot *kc_store_snapshot(struct kc_store *s, const char *ns);
/* The namespaces that hold something, sorted, each malloc'd like the array, which a NULL ends; the caller frees them.
 */
char **kc_store_namespaces(struct kc_store *s);

/* For the writer alone. */
void kc_store_put(struct kc_store *s, struct kc_record *r); /* takes over the reference; replaces an older version */
bool kc_store_remove(struct kc_store *s, const char *key);  /* false: it was not there */
/* A new list begins: what it does not show (kc_store_put, kc_store_seen) is stale at its end. */
void kc_store_begin_list(struct kc_store *s);
void kc_store_seen(struct kc_store *s, const char *key); /* the object exists as it is stored, if it is */
/* New references to the stale records, as kc_store_list gives them. */
const struct kc_record **kc_store_stale(struct kc_store *s, size_t *ret_n);
