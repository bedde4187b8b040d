/* pg_schema: the tables of a PostgreSQL audit store, as numbered steps that only go forward, and what keeps their rows
 * from being changed.
 *
 * All of it lies in the schema "kubechat" of one database and belongs to the owner, who alone runs DDL: the manager is
 * another role, which may insert and select. entries and entry_blobs are partitioned by ranges of the index (partitions
 * says which), since a unique index must hold the partition key.
 *
 * A row of entries has, beside the entry, the interior nodes of the tree that it completes, 32 bytes each, level 1
 * first: node i of level l is in the row of entry ((i + 1) << l) - 1. The row of a transaction's last entry has the
 * head, too. So an append is one insert. What was stored before version 3 has them in the tables nodes and head.
 */
#pragma once

#include "controller/audit/pg_conn.h"

/* What pg_advisory_xact_lock takes: appends, and the owner's work. */
#define KC_PG_APPEND_LOCK "1802855013, 1"
#define KC_PG_OWNER_LOCK  "1802855013, 2"

/* SQL: whether the log still has the head of that size and root, and no newer checkpoint than the one of that size. Of
 * entries behind the head it says nothing: the primary key does, or who asks. False for a head of before version 3. */
#define KC_PG_IS_HEAD(size_, root_, checkpoint_)                                                                       \
    "(EXISTS (SELECT FROM kubechat.entries e WHERE e.idx = " size_ " - 1 AND e.root = " root_ ")"                      \
    " AND NOT EXISTS (SELECT FROM kubechat.checkpoints c WHERE c.size > " checkpoint_ "))"

/* INVALID unless the tables are at the version that this program knows; says which command helps. */
KC_CHECK bool kc_pg_check_version(struct kc_pg_conn *c, struct kc_err *err);
/* INVALID when this connection's role may change rows: the manager writes as one that cannot. FORBIDDEN when it may not
 * insert. */
KC_CHECK bool kc_pg_check_writer(struct kc_pg_conn *c, struct kc_err *err);
/* What is wrong with tables, triggers, indexes and rights; fault may be called several times. */
KC_CHECK bool kc_pg_check_guards(struct kc_pg_conn *c, void (*fault)(void *arg, const char *what), void *arg,
                                 struct kc_err *err);

/* As the owner: brings the tables up to the newest version. *ret_version: what it is then. */
KC_CHECK bool kc_pg_migrate(struct kc_pg_conn *c, int64_t *ret_version, struct kc_err *err);
/* As the owner: makes partitions of rows entries each until ahead of them lie beyond the newest entry. Does not wait
 * for readers, nor they for it. */
KC_CHECK bool kc_pg_make_partitions(struct kc_pg_conn *c, int64_t rows, int64_t ahead, int64_t *ret_made,
                                    struct kc_err *err);
/* As the owner: lets role read, and with write also insert. Nothing else. */
KC_CHECK bool kc_pg_grant(struct kc_pg_conn *c, const char *role, bool write, struct kc_err *err);
