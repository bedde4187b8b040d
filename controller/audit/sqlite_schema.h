/* sqlite_schema: the tables of a SQLite audit store, as numbered steps that only go forward. */
#pragma once

#include <sqlite3.h>

#include "controller/base/err.h"

/* Brings db up to the newest version, each step in a transaction of its own. INVALID when the file belongs to a newer
 * kubechat or to another program. */
KC_CHECK bool kc_sqlite_migrate(sqlite3 *db, struct kc_err *err);
/* INVALID unless db is at the version that this program reads; changes nothing. */
KC_CHECK bool kc_sqlite_check_version(sqlite3 *db, struct kc_err *err);
/* What is wrong with the triggers that keep rows from being changed; fault may be called several times. */
KC_CHECK bool kc_sqlite_check_guards(sqlite3 *db, void (*fault)(void *arg, const char *what), void *arg,
                                     struct kc_err *err);
/* Turns the last error of db into err. Returns false. */
bool kc_sqlite_fail(sqlite3 *db, const char *what, struct kc_err *err);
