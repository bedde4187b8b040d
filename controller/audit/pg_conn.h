/* pg_conn: one connection to PostgreSQL, commands in pipelined exchanges, and a limit on how long each may take.
 *
 * Commands are queued and go out together with kc_pg_exchange, which reads all their results: a round trip. The socket
 * never blocks: a server that stopped answering costs KC_PG_EXCHANGE_MS, after which the connection is closed. Belongs
 * to one thread at a time.
 */
#pragma once

#include <libpq-fe.h>

#include "controller/audit/pg_uri.h"
#include "controller/base/backoff.h"

#define KC_PG_CONNECT_MS  3000
#define KC_PG_EXCHANGE_MS 5000 /* without a byte from the server */
#define KC_PG_PENDING     64   /* commands of one exchange */

struct kc_pg_conn {
    const struct kc_pg_uri *uri; /* borrowed */
    PGconn *pg;                  /* NULL: not connected */
    bool patient;                /* a statement may take as long as it likes */
    unsigned queued;
    PGresult *results[KC_PG_PENDING]; /* of the last exchange; freed by the next */
    unsigned n_results;
    struct kc_backoff backoff;
    int64_t retry_at; /* monotonic: no attempt to connect before */
};

/* Parameters of a command; bytes and text stay the caller's until the exchange. */
#define KC_PG_PARAMS 16
struct kc_pg_params {
    int n;
    const char *values[KC_PG_PARAMS];
    int lengths[KC_PG_PARAMS], binary[KC_PG_PARAMS];
    uint64_t numbers[KC_PG_PARAMS]; /* big-endian */
};
void kc_pg_add_int(struct kc_pg_params *p, int64_t v); /* int8 */
void kc_pg_add_text(struct kc_pg_params *p, const char *v);
void kc_pg_add_bytes(struct kc_pg_params *p, const void *v, size_t len); /* bytea, or any binary form */

/* UNAVAILABLE when the server does not take us, at once while the last attempt is less than its back-off ago (at most
 * a second). Does nothing when connected already. */
KC_CHECK bool kc_pg_connect(struct kc_pg_conn *c, struct kc_err *err);
void kc_pg_disconnect(struct kc_pg_conn *c);
bool kc_pg_connected(const struct kc_pg_conn *c);

/* Queues a command; what goes wrong shows in the exchange. */
void kc_pg_prepare(struct kc_pg_conn *c, const char *name, const char *sql);
void kc_pg_queue(struct kc_pg_conn *c, const char *prepared, const struct kc_pg_params *p); /* binary results */
void kc_pg_queue_sql(struct kc_pg_conn *c, const char *sql, const struct kc_pg_params *p);

/* Sends what is queued and reads c->results, one a command. False with the first failure: the commands behind it were
 * not run. err's reason is "ConnectionLost" (UNAVAILABLE) when the answers did not come: then nobody knows what was
 * run, and the connection is closed. what: for the message. */
KC_CHECK bool kc_pg_exchange(struct kc_pg_conn *c, const char *what, struct kc_err *err);
/* Result at of the last exchange: the caller's, who ends it with PQclear. */
PGresult *kc_pg_take(struct kc_pg_conn *c, unsigned at);
/* One command without parameters; several statements may be in sql. Only outside pipelines: owner's work. */
KC_CHECK bool kc_pg_run(struct kc_pg_conn *c, const char *sql, const char *what, struct kc_err *err);

/* Columns of a binary result. */
int64_t kc_pg_int(const PGresult *r, int row, int col);      /* int2, int4, int8, bool */
const char *kc_pg_text(const PGresult *r, int row, int col); /* "" for NULL */
