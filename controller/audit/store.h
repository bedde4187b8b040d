/* store: what the log asks of a database, so that SQLite and PostgreSQL are two tables of functions.
 *
 * A store is one connection and belongs to one thread at a time. Rows are only ever inserted. Everything happens within
 * a transaction: a read one is a snapshot, a write one is as if it held the log's lock. Functions fail with UNAVAILABLE
 * when the database is away, locked or full and with INVALID when it is damaged; absence is no failure. What a visitor
 * is handed lives until it returns; a visitor may call the store, but not the scan that called it. A visitor that
 * returns false ends the scan, which then fails with the visitor's error.
 */
#pragma once

#include "controller/audit/tree.h"

/* The facts that belong to somebody; claims.c has what each is about. */
enum kc_claim_kind { KC_CLAIM_ONCE, KC_CLAIM_INTENT, KC_CLAIM_OUTCOME, KC_CLAIM_NONCE, KC_CLAIM_RUN, KC_CLAIM_KINDS };
#define KC_CLAIM_KEYS 4

struct kc_claim {
    enum kc_claim_kind kind;
    const char *key[KC_CLAIM_KEYS]; /* as many as the kind has */
    const char *request_uid;        /* whose it is */
    int64_t idx;                    /* the entry that claimed it first */
};

struct kc_stored_entry {
    int64_t idx;
    const char *bytes;
    size_t len;
    struct kc_hash leaf;
    int64_t time;
    const char *type, *request_uid;
};

struct kc_stored_head {
    uint64_t size;
    struct kc_hash root;
    uint64_t checkpoint; /* size of the newest checkpoint when this head was written; 0: none */
    int64_t time;
};

enum kc_audit_table {
    KC_TABLE_ENTRIES,
    KC_TABLE_HEAD,
    KC_TABLE_NODES,
    KC_TABLE_BLOBS,
    KC_TABLE_ENTRY_BLOBS,
    KC_TABLE_CHECKPOINTS,
    KC_AUDIT_TABLES
};

#define KC_NEWEST UINT64_MAX

typedef bool (*kc_entry_visitor)(void *arg, const struct kc_stored_entry *e, struct kc_err *err);
typedef bool (*kc_claim_visitor)(void *arg, const struct kc_claim *c, struct kc_err *err);
typedef bool (*kc_blob_visitor)(void *arg, const char *digest, const char *bytes, size_t len, struct kc_err *err);
typedef bool (*kc_checkpoint_visitor)(void *arg, uint64_t size, const char *note, struct kc_err *err);
typedef void (*kc_fault_visitor)(void *arg, const char *what);

struct kc_audit_store;

struct kc_audit_store_ops {
    void (*close)(struct kc_audit_store *s);
    bool (*begin)(struct kc_audit_store *s, bool write, struct kc_err *err);
    /* Durable when it returns true. False: CONFLICT when another writer was first: nothing was stored, begin again;
     * reason "ConnectionLost" when nobody knows whether it was stored: look for the head in the next transaction;
     * otherwise nothing was stored. */
    bool (*commit)(struct kc_audit_store *s, struct kc_err *err);
    void (*rollback)(struct kc_audit_store *s);

    bool (*put_origin)(struct kc_audit_store *s, const char *origin, struct kc_err *err);
    bool (*put_entry)(struct kc_audit_store *s, const struct kc_stored_entry *e, struct kc_err *err);
    bool (*put_entry_blob)(struct kc_audit_store *s, int64_t idx, const char *digest, struct kc_err *err);
    bool (*put_node)(struct kc_audit_store *s, unsigned level, uint64_t idx, const struct kc_hash *h,
                     struct kc_err *err);
    bool (*put_blob)(struct kc_audit_store *s, const char *digest, const char *bytes, size_t len, struct kc_err *err);
    bool (*put_claim)(struct kc_audit_store *s, const struct kc_claim *c, struct kc_err *err);
    bool (*put_head)(struct kc_audit_store *s, const struct kc_stored_head *h, struct kc_err *err);
    bool (*put_checkpoint)(struct kc_audit_store *s, uint64_t size, const char *note, int64_t time, struct kc_err *err);

    bool (*origin)(struct kc_audit_store *s, struct kc_arena *a, const char **ret,
                   struct kc_err *err); /* NULL: none yet */
    bool (*node)(struct kc_audit_store *s, unsigned level, uint64_t idx, struct kc_hash *ret, bool *ret_found,
                 struct kc_err *err); /* level 0: the leaf hash beside the entry */
    bool (*head)(struct kc_audit_store *s, uint64_t size, struct kc_stored_head *ret, bool *ret_found,
                 struct kc_err *err);
    bool (*checkpoint)(struct kc_audit_store *s, uint64_t size, struct kc_arena *a, uint64_t *ret_size,
                       const char **ret_note, struct kc_err *err); /* NULL in *ret_note: none */
    bool (*blob)(struct kc_audit_store *s, const char *digest, struct kc_arena *a, const char **ret, size_t *ret_len,
                 struct kc_err *err); /* a NULL arena: only whether it is there ("" in *ret); NULL in *ret: it is not */
    bool (*entry_blob)(struct kc_audit_store *s, int64_t idx, const char *digest, bool *ret_found, struct kc_err *err);
    /* Fills in whose it is and idx. */
    bool (*claim)(struct kc_audit_store *s, struct kc_claim *c, struct kc_arena *a, bool *ret_found,
                  struct kc_err *err);
    bool (*count)(struct kc_audit_store *s, enum kc_audit_table t, uint64_t *ret, struct kc_err *err);

    /* Entries from <= idx < to in order; of one request when request_uid is not NULL. */
    bool (*entries)(struct kc_audit_store *s, uint64_t from, uint64_t to, const char *request_uid,
                    kc_entry_visitor visit, void *arg, struct kc_err *err);
    bool (*claims)(struct kc_audit_store *s, enum kc_claim_kind kind, kc_claim_visitor visit, void *arg,
                   struct kc_err *err);
    bool (*blobs)(struct kc_audit_store *s, kc_blob_visitor visit, void *arg, struct kc_err *err);
    bool (*checkpoints)(struct kc_audit_store *s, kc_checkpoint_visitor visit, void *arg, struct kc_err *err);
    /* The database's own check of itself (structure, indexes, guards against change), as far as it has one. */
    bool (*self_check)(struct kc_audit_store *s, kc_fault_visitor visit, void *arg, struct kc_err *err);
};

struct kc_audit_store {
    const struct kc_audit_store_ops *ops;
};

enum kc_store_use {
    KC_STORE_WRITE, /* the manager's appends */
    KC_STORE_READ,  /* its reads: short ones, a store that does not answer fails them within seconds */
    KC_STORE_SCAN,  /* a person's: they may take as long as the log is long */
};

/* A store by its URL: "sqlite:PATH", a bare PATH, "postgresql://..." or "postgres://..." (pg_uri.h). INVALID when it is
 * none of these. The message of a failure never holds what is secret in a URL. */
struct kc_audit_store *kc_audit_store_open(const char *url, enum kc_store_use use, struct kc_err *err);
/* The URL as it may be told to people: a path, or server and database without user and password. */
const char *kc_audit_store_name(struct kc_arena *a, const char *url);
/* The path of a SQLite store; NULL for another. */
const char *kc_audit_store_path(const char *url);
/* How many connections the readers of a store may share. */
unsigned kc_audit_store_readers(const char *url);

/* A SQLite file. WRITE: makes it if need be, takes the lock of the one writer and brings the schema up to date.
 * Otherwise it must be there (NOT_FOUND), and a writer may be at work. */
struct kc_audit_store *kc_sqlite_open(const char *path, enum kc_store_use use, struct kc_err *err);
/* A PostgreSQL database whose owner has made the tables: INVALID when they are of another version or are not there, and
 * for WRITE when the role may change rows. */
struct kc_audit_store *kc_pg_open(const char *uri, enum kc_store_use use, struct kc_err *err);
struct kc_audit_store *kc_audit_store_close(struct kc_audit_store *s); /* accepts NULL, returns NULL */

/* kc_node_reader of a store: arg is the store. A hash that is missing is INVALID. */
bool kc_audit_store_node(void *arg, unsigned level, uint64_t index, struct kc_hash *ret, struct kc_err *err);
/* The newest tree, empty at first. INVALID when head, entries and nodes do not fit each other. */
KC_CHECK bool kc_audit_store_tree(struct kc_audit_store *s, struct kc_tree *ret, uint64_t *ret_checkpoint,
                                  struct kc_err *err);
