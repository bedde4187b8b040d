/* pg_columns: rows to be inserted, column by column, in the binary form of PostgreSQL's arrays: one statement inserts
 * them all (INSERT ... SELECT FROM unnest). Pure. */
#pragma once

#include "controller/audit/pg_conn.h"
#include "controller/base/buf.h"

enum kc_pg_type { KC_PG_NONE, KC_PG_INT, KC_PG_TEXT, KC_PG_BYTES };

#define KC_PG_COLUMNS 7

struct kc_pg_columns {
    enum kc_pg_type types[KC_PG_COLUMNS]; /* KC_PG_NONE ends them */
    struct kc_buf cols[KC_PG_COLUMNS];
    unsigned n_rows, at; /* at: column that comes next */
};

/* A row is as many calls as there are columns, in their order. */
void kc_pg_col_int(struct kc_pg_columns *c, int64_t v);
void kc_pg_col_bytes(struct kc_pg_columns *c, const void *v, size_t len); /* text too */
/* Adds every column to p, without rows as empty arrays; they live until kc_pg_columns_clear. */
void kc_pg_columns_params(struct kc_pg_columns *c, struct kc_pg_params *p);
/* Of a single row its values instead, for a statement that needs no unnest. False: there are more, or none. */
bool kc_pg_columns_row(const struct kc_pg_columns *c, struct kc_pg_params *p);
void kc_pg_columns_clear(struct kc_pg_columns *c);  /* keeps the memory of small ones */
void kc_pg_columns_finish(struct kc_pg_columns *c); /* frees it */
