/* pg_uri: what a PostgreSQL store's URI tells libpq, and what of it may be told to people. Pure.
 *
 * The form is libpq's: postgresql://[USER[:PASSWORD]@]HOST[:PORT][,...]/DATABASE[?PARAMETER=VALUE&...]
 * (https://www.postgresql.org/docs/15/libpq-connect.html, 34.1.1.2). What it does not name comes from libpq's own
 * places (PGPASSFILE, PGPASSWORD, ~/.pgpass, ...), but for sslmode: TLS with a verified certificate and host name
 * unless the URI says otherwise, and it may say so only for a server on this machine.
 */
#pragma once

#include "controller/base/arena.h"

#define KC_PG_PARAMETERS 64

struct kc_pg_uri {
    const char *keywords[KC_PG_PARAMETERS], *values[KC_PG_PARAMETERS]; /* NULL-terminated; values are secret */
    const char *name; /* "postgresql://host:port/database": for messages and logs */
};

/* Fills in ret, which lives as long as a. INVALID when it is no URI or asks for less than a verified connection to
 * another machine; the message holds no part of a password. */
KC_CHECK bool kc_pg_uri_parse(struct kc_arena *a, const char *uri, struct kc_pg_uri *ret, struct kc_err *err);
