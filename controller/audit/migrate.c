#include "controller/audit/migrate.h"

#include "controller/audit/pg_schema.h"
#include "controller/audit/store.h"

static bool migrate_file(const char *store, const struct kc_audit_migrate_options *o, struct kc_err *err)
{
    if (o->writer || o->reader)
        return kc_fail(err, KC_INVALID, "Usage", "audit store %s: a SQLite file knows no roles",
                       kc_audit_store_path(store));
    struct kc_audit_store *s = kc_audit_store_open(store, KC_STORE_WRITE, err);
    (void)kc_audit_store_close(s);
    return s != NULL;
}

static bool migrate_connected(struct kc_pg_conn *c, const struct kc_audit_migrate_options *o,
                              struct kc_audit_migrated *ret, struct kc_err *err)
{
    return kc_pg_migrate(c, &ret->version, err) &&
           kc_pg_make_partitions(c, o->partition_rows, KC_PARTITION_AHEAD, &ret->partitions, err) &&
           (!o->writer || kc_pg_grant(c, o->writer, true, err)) &&
           (!o->reader || kc_pg_grant(c, o->reader, false, err));
}

bool kc_audit_migrate(const char *store, const struct kc_audit_migrate_options *o, struct kc_audit_migrated *ret,
                      struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_pg_uri uri;
    struct kc_pg_conn c = {.uri = &uri, .patient = true, .backoff = {.base_ms = 100, .max_ms = 1000}};
    *ret = (struct kc_audit_migrated){0};
    if (kc_audit_store_path(store))
        return migrate_file(store, o, err);
    if (o->partition_rows < 2 || o->partition_rows % 2)
        return kc_fail(err, KC_INVALID, "Usage", "a partition holds an even number of rows, from 2 on: not %lld",
                       (long long)o->partition_rows);
    bool ok = kc_pg_uri_parse(a, store, &uri, err) && kc_pg_connect(&c, err) && migrate_connected(&c, o, ret, err);
    kc_pg_disconnect(&c);
    return ok;
}
