/* audit log: durable rows, blobs and the few facts that make execution exactly-once, behind one writer thread.
 *
 * kc_audit owns a thread and a connection (SQLite or PostgreSQL: store.h). Callers from any thread submit a batch and
 * wait until it is durable: no durable row, no action. What queued during the last commit is the next transaction:
 * there is no timer. One transaction appends every entry, its blobs and facts, and one new head. Nothing is ever
 * updated. Any number of replicas may have a log on PostgreSQL open; SQLite has one writer. Reads have connections of
 * their own and may be called from any thread.
 *
 * While the store is away, appends and PostgreSQL's reads fail at once with UNAVAILABLE, and the writer tries every
 * second to have it back. A commit whose answer was lost is looked for before it is repeated.
 *
 * Tables (sqlite_schema.c and pg_schema.c have them as numbered migrations):
 *   log(origin)                                           whose log this is: one row
 *   entries(idx PRIMARY KEY, entry, leaf_hash, time, type, request_uid)
 *   head(size PRIMARY KEY, root, checkpoint, time)        checkpoint: size of the newest one before it
 *   nodes(level, idx, hash; PRIMARY KEY(level, idx))      interior hashes, written once
 *     (PostgreSQL keeps head and nodes in the rows of entries: pg_schema.h)
 *   blobs(digest PRIMARY KEY, bytes)
 *   entry_blobs(idx, digest)                              so that retention knows who still names a blob
 *   checkpoints(size PRIMARY KEY, note, time)
 *   once(request_uid, type, key; PRIMARY KEY; idx)
 *   intents, outcomes(request_uid, plan_digest, step, attempt; PRIMARY KEY; idx)
 *   nonces(nonce PRIMARY KEY, request_uid, idx)
 *   runs(ns, name, spec_digest; PRIMARY KEY; request_uid, idx)
 *   migrations(version PRIMARY KEY, time)
 * once, intents, outcomes, nonces and runs are an index of what entries claim (row.h, kc_row_claims): verification
 * proves them.
 */
#pragma once

#include "controller/audit/note.h"
#include "controller/audit/row.h"

struct kc_audit;

struct kc_audit_options {
    const char *store;        /* URL (store.h). A SQLite file's folder is made, mode 0700; the file 0600 */
    const char *origin;       /* log's name in checkpoints: "kubechat.io/<cluster uid>" */
    struct kc_signer *signer; /* borrowed; the same key for every replica; NULL: no checkpoints are signed */
    /* A new checkpoint was signed (on any thread, one at a time): to standard output and an Event. May be NULL. At most
     * one a second while rows keep coming, and always one after the last row of a burst. */
    void (*on_checkpoint)(void *arg, const char *note);
    void *arg;
};

/* Opens; creates a SQLite file. Checks the schema version, that the head fits the entries' count and the edge, and that
 * the newest checkpoint is signed with our key: INVALID when the store was tampered with or cut, or another replica has
 * another key. UNAVAILABLE when it is away, locked or full. */
struct kc_audit *kc_audit_open(const struct kc_audit_options *o, struct kc_err *err);
struct kc_audit *kc_audit_close(struct kc_audit *l); /* waits for what is queued; accepts NULL, returns NULL */

struct kc_blob {
    const char *bytes;
    size_t len;
};
/* A fact that makes the batch fail as a whole with CONFLICT ("Exists") when it is recorded already. It repeats the
 * request uid, plan digest and step of its row; attempt counts from 1. A row of type INTENT or OUTCOME is the first of
 * its batch and comes with its fact, an outcome after its intent: INVALID otherwise. */
struct kc_step_fact {
    const char *request_uid, *plan_digest, *step;
    int64_t attempt;
};

struct kc_audit_batch {
    const struct kc_row *rows; /* the long parts of one that is too long become blobs beside it (fold.h) */
    size_t n_rows;
    const struct kc_blob *blobs; /* stored by digest; the rows name them */
    size_t n_blobs;
    const struct kc_step_fact *intent;  /* of the first row; NULL: none */
    const struct kc_step_fact *outcome; /* of the first row; NULL: none */
    const char *nonce;                  /* claims a nonce for rows[0].request_uid; NULL: none */
    const char *once; /* key within (rows[0].request_uid, rows[0].type): when a row with it is there already nothing is
                       * stored and the call succeeds with that row's index; NULL: none */
    const char *run_spec_digest; /* claims (request_ns, request_name, this) for rows[0].request_uid; NULL: none */
};

/* Waits until durable (fsync): at most some 10 s, when the store stops answering. *ret_first (may be NULL): index of
 * the first row. CONFLICT when a claim is held already (by another request uid, for nonce and run; by anybody, for
 * intent and outcome): nothing of the batch was stored. UNAVAILABLE (reason "AuditUnavailable") when the store is away
 * or full: nothing of the batch was stored, unless the message says that this is not known; also when the queue holds
 * 10,000 batches ("QueueFull"). */
KC_CHECK bool kc_audit_append(struct kc_audit *l, const struct kc_audit_batch *b, int64_t *ret_first,
                              struct kc_err *err);
/* Copies the batch and returns at once: for the admission thread. While the store is away the batch stays queued and is
 * tried again every second. False with UNAVAILABLE when the queue is full. */
KC_CHECK bool kc_audit_post(struct kc_audit *l, const struct kc_audit_batch *b, struct kc_err *err);

/* Every row of one request in the order of the log: what it did so far is read off them. */
struct kc_audit_row {
    int64_t index;
    enum kc_row_type type;
    const char *entry; /* the row's canonical JSON, NUL-terminated, in the arena */
    size_t len;
};
KC_CHECK bool kc_audit_rows(struct kc_audit *l, const char *request_uid, struct kc_arena *a, struct kc_audit_row **ret,
                            size_t *ret_n, struct kc_err *err);
/* NOT_FOUND when it is not there. The bytes are checked against the digest. */
KC_CHECK const char *kc_audit_blob(struct kc_audit *l, const char *digest, struct kc_arena *a, size_t *ret_len,
                                   struct kc_err *err);
/* uid that holds a nonce or a run; "" when nobody does. */
KC_CHECK bool kc_audit_nonce_owner(struct kc_audit *l, const char *nonce, struct kc_arena *a, const char **ret,
                                   struct kc_err *err);
KC_CHECK bool kc_audit_run_owner(struct kc_audit *l, const char *ns, const char *name, const char *spec_digest,
                                 struct kc_arena *a, const char **ret, struct kc_err *err);
/* The newest signed checkpoint; NULL in *ret when there is none. */
KC_CHECK bool kc_audit_checkpoint(struct kc_audit *l, struct kc_arena *a, const char **ret, struct kc_err *err);
bool kc_audit_available(struct kc_audit *l); /* the last transaction did not fail for want of the store */
