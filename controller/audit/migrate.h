/* migrate: the owner's work on a store: tables brought up to date, room made ahead of need, rights granted.
 *
 * A SQLite store's owner is who writes to it: there it is enough to open it. The manager never does this work on
 * PostgreSQL, nor has it the credentials to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "controller/base/err.h"

#define KC_PARTITION_ROWS  262144 /* entries of a partition: what retention drops at once */
#define KC_PARTITION_AHEAD 4      /* partitions beyond the newest entry */

struct kc_audit_migrate_options {
    const char *writer, *reader; /* roles that get their rights; NULL: none */
    int64_t partition_rows;      /* an even number from 2 on; of partitions that are made from now on */
};

struct kc_audit_migrated {
    int64_t version;    /* of the schema; 0: SQLite's own business */
    int64_t partitions; /* made now */
};

/* May be repeated at any time, beside managers that write. INVALID when the store belongs to a newer kubechat;
 * FORBIDDEN when the role is not the owner. */
KC_CHECK bool kc_audit_migrate(const char *store, const struct kc_audit_migrate_options *o,
                               struct kc_audit_migrated *ret, struct kc_err *err);
