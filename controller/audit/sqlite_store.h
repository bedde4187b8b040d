/* sqlite_store: private to the SQLite store: its connection and its cache of prepared statements. */
#pragma once

#include <sqlite3.h>

#include "controller/audit/claims.h"
#include "controller/audit/store.h"

/* Every statement but those of claims, which are made from sqlite_claims.c's table. */
enum kc_sqlite_query {
    Q_BEGIN_READ,
    Q_BEGIN_WRITE,
    Q_COMMIT,
    Q_ROLLBACK,
    Q_PUT_ORIGIN,
    Q_PUT_ENTRY,
    Q_PUT_ENTRY_BLOB,
    Q_PUT_NODE,
    Q_PUT_BLOB,
    Q_PUT_HEAD,
    Q_PUT_CHECKPOINT,
    Q_ORIGIN,
    Q_LEAF,
    Q_NODE,
    Q_HEAD_NEWEST,
    Q_HEAD_AT,
    Q_CHECKPOINT_NEWEST,
    Q_CHECKPOINT_AT,
    Q_BLOB,
    Q_HAS_BLOB,
    Q_ENTRY_BLOB,
    Q_ENTRIES,
    Q_ENTRIES_OF,
    Q_BLOBS,
    Q_CHECKPOINTS,
    Q_INTEGRITY,
    Q_COUNT,                                 /* one a table */
    Q_CLAIM_PUT = Q_COUNT + KC_AUDIT_TABLES, /* one a kind, as the next two */
    Q_CLAIM_GET = Q_CLAIM_PUT + KC_CLAIM_KINDS,
    Q_CLAIM_ALL = Q_CLAIM_GET + KC_CLAIM_KINDS,
    Q_ALL = Q_CLAIM_ALL + KC_CLAIM_KINDS
};

struct kc_sqlite {
    struct kc_audit_store store;
    sqlite3 *db;
    sqlite3_stmt *stmts[Q_ALL]; /* prepared on first use */
    char *path;
    int lock_fd; /* -1: a reader */
};

static inline struct kc_sqlite *kc_sqlite_of(struct kc_audit_store *s)
{
    return (struct kc_sqlite *)(void *)s;
}

extern const struct kc_audit_store_ops kc_sqlite_ops;
