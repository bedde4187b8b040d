/* pg_store: private to the PostgreSQL store: its connection, its statements, and a write transaction on its way. */
#pragma once

#include "controller/audit/claims.h"
#include "controller/audit/pg_columns.h"
#include "controller/audit/pg_conn.h"
#include "controller/audit/store.h"
#include "controller/base/map.h"

/* Statements that insert, in the order in which a transaction runs them; then those that read. */
enum kc_pg_query {
    P_ORIGIN,
    P_BLOBS,
    P_ENTRY_BLOBS,
    P_CLAIMS, /* one a kind */
    P_CHECKPOINT = P_CLAIMS + KC_CLAIM_KINDS,
    P_PUTS,
    P_APPEND = P_PUTS,
    P_APPEND_ONE,
    P_BEGIN,
    P_COMMIT,
    P_LOCK,
    P_EXPECT_HEAD,
    P_NEWEST,
    P_EDGE,
    P_GET_ORIGIN,
    P_GET_LEAF,
    P_GET_NODE,
    P_GET_HEAD_NEWEST,
    P_GET_HEAD,
    P_GET_CHECKPOINT_NEWEST,
    P_GET_CHECKPOINT,
    P_GET_BLOB,
    P_HAS_BLOB,
    P_HAS_ENTRY_BLOB,
    P_GET_ENTRIES,
    P_GET_ENTRIES_OF,
    P_GET_BLOB_NAMES,
    P_GET_CHECKPOINTS,
    P_GET_CLAIM, /* one a kind */
    P_ALL = P_GET_CLAIM + KC_CLAIM_KINDS
};
struct kc_pg_statement {
    const char *name, *sql;
};
extern const struct kc_pg_statement kc_pg_statements[P_ALL];

/* A write transaction. Puts are collected and go out together with the commit. While no other replica appends, nothing
 * is read before them: the transaction goes on from what the last one left and is sent whole in one round trip, whose
 * first command takes the lock and fails when there is a newer head. It needs no BEGIN and COMMIT then: what is sent
 * up to a Sync message is a transaction (PostgreSQL's manual, "Extended Query", "Pipelining"). */
struct kc_pg_write {
    bool known;                 /* head, checkpoint and edge are the newest that we know of */
    bool alone;                 /* nobody else appended between our last two transactions */
    bool lazy;                  /* this transaction has not been begun on the server */
    bool beyond;                /* an entry lies behind the newest head */
    struct kc_stored_head head; /* size 0: none yet */
    uint64_t checkpoint;        /* size of the newest one; 0: none yet */
    char *note;                 /* the newest one's */
    struct {
        uint64_t idx;
        struct kc_hash hash;
        bool known;
    } edge[64]; /* the newest node of each level: all that appending needs */

    struct kc_pg_columns entries; /* P_APPEND's, beside next */
    struct kc_buf nodes;          /* that the newest of entries completes */
    struct kc_pg_columns puts[P_PUTS];
    struct kc_stored_head next; /* what head, checkpoint and note will be; size 0: as they are */
    uint64_t next_checkpoint;
    const char *next_note;
    struct kc_map *pending; /* claims and blobs among the puts, by key */
    struct kc_arena *a;     /* this transaction's */
};

struct kc_pg {
    struct kc_audit_store store;
    struct kc_arena *a; /* uri's */
    struct kc_pg_uri uri;
    struct kc_pg_conn conn;
    bool write, in_tx; /* in_tx: on the server */
    struct kc_pg_write w;
};

static inline struct kc_pg *kc_pg_of(struct kc_audit_store *s)
{
    return (struct kc_pg *)(void *)s;
}

/* Connects, checks the schema and prepares the statements. Does nothing when connected already. */
KC_CHECK bool kc_pg_ready(struct kc_pg *s, struct kc_err *err);
/* One statement; the result is the caller's. NULL with err. Outside a transaction it is tried again when the connection
 * had died since it was used last. */
KC_CHECK PGresult *kc_pg_ask(struct kc_pg *s, enum kc_pg_query q, const struct kc_pg_params *p, const char *what,
                             struct kc_err *err);
/* A hash of another length is damage; it reads as zeros, which fit nothing. */
struct kc_hash kc_pg_hash(const PGresult *r, int row, int col);

/* The write transaction: pg_write.c. */
KC_CHECK bool kc_pg_begin_write(struct kc_pg *s, struct kc_err *err);
KC_CHECK bool kc_pg_commit_write(struct kc_pg *s, struct kc_err *err);
void kc_pg_forget(struct kc_pg *s); /* what is pending and what is known */
/* Whether claim or blob is among the puts; the claim then gets its owner and entry. */
bool kc_pg_pending_claim(const struct kc_pg *s, struct kc_claim *c);
bool kc_pg_pending_blob(const struct kc_pg *s, const char *digest);
/* A node of the edge. False: not known here, ask the server. */
bool kc_pg_edge_node(struct kc_pg *s, unsigned level, uint64_t idx, struct kc_hash *ret);

bool kc_pg_put_origin(struct kc_audit_store *s, const char *origin, struct kc_err *err);
bool kc_pg_put_entry(struct kc_audit_store *s, const struct kc_stored_entry *e, struct kc_err *err);
bool kc_pg_put_entry_blob(struct kc_audit_store *s, int64_t idx, const char *digest, struct kc_err *err);
bool kc_pg_put_node(struct kc_audit_store *s, unsigned level, uint64_t idx, const struct kc_hash *h,
                    struct kc_err *err);
bool kc_pg_put_blob(struct kc_audit_store *s, const char *digest, const char *bytes, size_t len, struct kc_err *err);
bool kc_pg_put_claim(struct kc_audit_store *s, const struct kc_claim *c, struct kc_err *err);
bool kc_pg_put_head(struct kc_audit_store *s, const struct kc_stored_head *h, struct kc_err *err);
bool kc_pg_put_checkpoint(struct kc_audit_store *s, uint64_t size, const char *note, int64_t time, struct kc_err *err);
