/* readers: connections that any thread may read the log through, one thread at a time each.
 *
 * They are opened when they are first wanted, at most kc_audit_store_readers() of them; who comes when all are taken
 * waits. A store heals its connection by itself: a reader that failed goes back all the same. */
#pragma once

#include "controller/audit/store.h"

struct kc_audit_readers;

struct kc_audit_readers *kc_audit_readers_create(const char *url);
struct kc_audit_readers *kc_audit_readers_destroy(struct kc_audit_readers *r); /* all given back; accepts NULL */

/* NULL with err when none is open and none can be opened. */
KC_CHECK struct kc_audit_store *kc_audit_readers_take(struct kc_audit_readers *r, struct kc_err *err);
void kc_audit_readers_give(struct kc_audit_readers *r, struct kc_audit_store *s);
