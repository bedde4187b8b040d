/* ingest: turns the items of a LIST and the events of a watch into changes of the store and calls of the handler.
 *
 * No I/O: the reflector feeds it what the framer cut out. It keeps the resourceVersion to resume from, drops what the
 * store has already (same uid and resourceVersion; versions are opaque and compared for equality only), reports objects
 * that cannot be decoded by name, and after a complete list removes what the list did not show. One thread.
 */
#pragma once

#include "controller/kube/frame.h"
#include "controller/kube/reflector.h"

#define KC_OBJECT_MAX         ((size_t)8 << 20) /* bytes of one object or event */
#define KC_INITIAL_EVENTS_END "k8s.io/initial-events-end"

struct kc_ingest;

/* o is borrowed: decode, on_event, on_bad, arg and path (its last segment is the metrics' resource label) are used. */
struct kc_ingest *kc_ingest_create(struct kc_store *store, const struct kc_reflector_options *o);
struct kc_ingest *kc_ingest_destroy(struct kc_ingest *i);  /* accepts NULL, returns NULL */
const char *kc_ingest_resource(const struct kc_ingest *i); /* "chatrequests" */

/* A list: begin, then items and the end of each page, then end. Beginning again forgets a list that broke off. */
void kc_ingest_list_begin(struct kc_ingest *i);
void kc_ingest_item(struct kc_ingest *i, const struct kc_frame *f);
/* envelope: the list without its items. *ret_continue is the token of the next page (malloc'd), NULL after the last
 * one. Fails with INVALID when this is no list. */
KC_CHECK bool kc_ingest_page_end(struct kc_ingest *i, const struct kc_frame *envelope, char **ret_continue,
                                 struct kc_err *err);
void kc_ingest_list_end(struct kc_ingest *i);

/* Fails on an ERROR event with the server's Status (GONE: list again); everything else is dealt with here. After
 * kc_ingest_list_begin the events are a list's items until a bookmark with the annotation k8s.io/initial-events-end
 * (KEP-3157), which does what kc_ingest_list_end does. */
KC_CHECK bool kc_ingest_event(struct kc_ingest *i, const struct kc_frame *f, struct kc_err *err);
bool kc_ingest_listing(const struct kc_ingest *i); /* between begin and end of a list */

/* Where a watch resumes; "" before the first list. */
const char *kc_ingest_resource_version(const struct kc_ingest *i);
