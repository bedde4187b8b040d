#include "controller/audit/pg_columns.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#define KEPT ((size_t)1 << 20) /* bytes of a column's memory that stay from one transaction to the next */

/* array_send in src/backend/utils/adt/arrayfuncs.c: dimensions, whether there are NULLs, the element type, then length
 * and lower bound of each dimension; each element behind its length. All big-endian. */
struct head {
    uint32_t dimensions, nulls, type, length, lower;
};

static uint32_t oid_of(enum kc_pg_type t)
{
    /* pg_type.dat: never changed. */
    return t == KC_PG_INT ? 20 : t == KC_PG_TEXT ? 25 : 17;
}

static void add(struct kc_pg_columns *c, const void *v, size_t len)
{
    struct kc_buf *b = &c->cols[c->at];
    uint32_t n = htonl((uint32_t)len);
    if (!b->len) {
        struct head h = {.dimensions = htonl(1), .type = htonl(oid_of(c->types[c->at])), .lower = htonl(1)};
        kc_buf_add(b, &h, sizeof h);
    }
    kc_buf_add(b, &n, sizeof n);
    kc_buf_add(b, v, len);
    if (++c->at == KC_PG_COLUMNS || c->types[c->at] == KC_PG_NONE) {
        c->at = 0;
        c->n_rows++;
    }
}

void kc_pg_col_int(struct kc_pg_columns *c, int64_t v)
{
    uint64_t n = htobe64((uint64_t)v);
    add(c, &n, sizeof n);
}

void kc_pg_col_bytes(struct kc_pg_columns *c, const void *v, size_t len)
{
    add(c, v, len);
}

void kc_pg_columns_params(struct kc_pg_columns *c, struct kc_pg_params *p)
{
    uint32_t n = htonl(c->n_rows);
    for (unsigned i = 0; i < KC_PG_COLUMNS && c->types[i] != KC_PG_NONE; i++) {
        struct head none = {.type = htonl(oid_of(c->types[i]))};
        if (c->n_rows)
            memcpy(c->cols[i].data + offsetof(struct head, length), &n, sizeof n);
        else if (!c->cols[i].len)
            kc_buf_add(&c->cols[i], &none, offsetof(struct head, length)); /* of no dimensions */
        kc_pg_add_bytes(p, c->cols[i].data, c->cols[i].len);
    }
}

bool kc_pg_columns_row(const struct kc_pg_columns *c, struct kc_pg_params *p)
{
    const size_t before = sizeof(struct head) + sizeof(uint32_t); /* the element's length */
    for (unsigned i = 0; c->n_rows == 1 && i < KC_PG_COLUMNS && c->types[i] != KC_PG_NONE; i++)
        kc_pg_add_bytes(p, c->cols[i].data + before, c->cols[i].len - before);
    return c->n_rows == 1;
}

void kc_pg_columns_clear(struct kc_pg_columns *c)
{
    for (unsigned i = 0; i < KC_PG_COLUMNS; i++)
        if (c->cols[i].cap > KEPT)
            kc_buf_finish(&c->cols[i]);
        else
            kc_buf_clear(&c->cols[i]);
    c->n_rows = c->at = 0;
}

void kc_pg_columns_finish(struct kc_pg_columns *c)
{
    for (unsigned i = 0; i < KC_PG_COLUMNS; i++)
        kc_buf_finish(&c->cols[i]);
    c->n_rows = c->at = 0;
}
