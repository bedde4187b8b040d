/* pg_schema: the tables of a PostgreSQL audit store, as numbered steps that only go forward, and what keeps their rows
 * from being changed.
 *
 * All of it lies in the schema "kubechat" of one database and belongs to the owner, who alone runs DDL: the manager is
 * another role, which may insert and select. entries, entry_blobs and head are partitioned by ranges of the index
 * (partitions says which), since a unique index must hold the partition key.
 */
#pragma once

#include "controller/audit/pg_conn.h"

/* What pg_advisory_xact_lock takes: appends, and the owner's work. */
#define KC_PG_APPEND_LOCK "1802855013, 1"
#define KC_PG_OWNER_LOCK  "1802855013, 2"

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
