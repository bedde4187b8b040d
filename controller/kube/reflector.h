/* reflector: keeps a store equal to the API server's list of one resource: LIST in pages, then WATCH with bookmarks,
 * for ever (client-go's reflector). Or, with watch_list, one watch that begins with what there is (KEP-3157).
 *
 * Lives on the http client's I/O thread; decode and the handler run there and must be quick. Lists are split into items
 * before decoding, so that an object that cannot be decoded is reported by name (on_bad) and skipped while the rest
 * goes on. Of each of at most two pages that come one object's bytes are buffered, bounded by 8 MiB: larger ones are
 * reported by on_bad and skipped. Duplicate events are harmless: an event whose uid and resourceVersion are the stored
 * ones is dropped. After a relist, objects that vanished are reported as deleted.
 *
 * Recovery, by what went wrong:
 *   the server closed the watch, or it was cut  resume from the last resourceVersion seen, the first time at once
 *   410 as HTTP status or as ERROR event        list again at once
 *   410 for a continue token                    list again in one piece, without a limit
 *   401                                         once at once with a fresh token, then as 4xx
 *   429, 5xx                                    again after 0.5 s .. 4 s, or what the Status says (at most 60 s)
 *   other 4xx                                   list again after 0.8 s .. 30 s: this waits for an administrator
 *   4xx but 401, 410, 429 for a watch_list      LIST from now on, at once: the server does not have it
 *   a watch_list that says nothing for 30 s     the same: a server that does not know it never ends the list
 *   no connection                               probe every 0.2 s .. 1.5 s, go on when it is answered
 * Delays double and have jitter.
 *
 * A path that swallows bytes without closing anything (a dead NAT entry, a black hole) shows as silence. A LIST or
 * WATCH that has brought no byte for 5 s (2 s before its first one) is checked by a probe, GET /version through the
 * same connection pool, which has 2 s to answer; then again every 5 s while the silence lasts. If the probe fails, the
 * stream is cut and nothing but probes is sent until one is answered: recovery takes at most 2 + 1.5 s after the path
 * is back, plus the resume itself, and a slow server is not mistaken for a dead one. A watch without a byte for idle_ms
 * (bookmarks come about once a minute) is cut even though probes are answered, and so is a page after 30 s: those of a
 * bulk reflector have connections of their own, which no probe takes.
 */
#pragma once

#include "controller/kube/client.h"
#include "controller/kube/store.h"

enum kc_event { KC_ADDED, KC_MODIFIED, KC_DELETED };

struct kc_reflector_options {
    const char *path;  /* "/apis/kubechat.io/v1alpha1/chatrequests" */
    const char *query; /* label or field selector, encoded; NULL: none */
    int page;          /* LIST limit; 0: 500 */
    int64_t idle_ms;   /* 0: 90 s */
    /* One object's JSON to a record (kc_record_of_object), or NULL with err. Must not keep json. NULL decode: the
     * record's data is the compact JSON text itself, NUL-terminated (size counts the NUL). */
    struct kc_record *(*decode)(void *arg, const json_t *object, struct kc_err *err);
    /* The same of one object's protobuf, len bytes without envelope. NULL: only JSON is asked for; else protobuf is,
     * and what the server answers decides (types of CRDs have JSON alone). */
    struct kc_record *(*decode_protobuf)(void *arg, const uint8_t *object, size_t len, struct kc_err *err);
    bool metadata_only; /* ask for PartialObjectMetadata (meta.k8s.io/v1): nothing but the metadata of each object is
                           sent */
    bool watch_list;
    bool bulk; /* its LISTs have megabytes: each page comes on a connection to itself */
    /* r is borrowed; for KC_DELETED it is the last known state. initial: it came with a list, first or repeated, and
     * not as an edit: the work queue's backlog lane. */
    void (*on_event)(void *arg, enum kc_event event, const struct kc_record *r, bool initial);
    void (*on_synced)(void *arg); /* after the first complete list; may be NULL */
    /* An object was skipped: name may be "" when even that could not be read. May be NULL. */
    void (*on_bad)(void *arg, const char *ns, const char *name, const struct kc_err *err);
    /* The connection's state changed: err NULL when the watch is up (also the first time); else why it is not, once for
     * each new reason. May be NULL. */
    void (*on_state)(void *arg, const struct kc_err *err);
    void *arg;
};

struct kc_reflector;

/* A record with the key, uid and resourceVersion of object's metadata and the given data (copied). NULL with INVALID
 * when metadata lacks one of them. */
struct kc_record *kc_record_of_object(const json_t *object, const void *data, size_t size, struct kc_err *err);
/* What a record needs of an object's metadata: strings may be NULL. Writes the record's key. INVALID as above. */
#define KC_KEY_CAP 318
KC_CHECK bool kc_record_key(const char *ns, const char *name, const char *uid, const char *resource_version,
                            char key[KC_KEY_CAP], struct kc_err *err);

/* Any thread; starts at once. The strings are copied. */
struct kc_reflector *kc_reflector_create(struct kc_kube *k, struct kc_store *store,
                                         const struct kc_reflector_options *o);
/* Blocks until its last callback has returned; not on the I/O thread, and before the http client is destroyed. Accepts
 * NULL, returns NULL. */
struct kc_reflector *kc_reflector_destroy(struct kc_reflector *r);
bool kc_reflector_synced(const struct kc_reflector *r); /* any thread */
int64_t
kc_reflector_last_contact_ms(const struct kc_reflector *r); /* any thread; kc_mono_ms of the last byte; 0: none yet */
