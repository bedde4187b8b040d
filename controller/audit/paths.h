/* paths: where a store and its key are by default, and making files that survive a crash. */
#pragma once

#include "controller/base/arena.h"

/* ${XDG_DATA_HOME:-$HOME/.local/share}/kubechat/audit.db; without both variables, in the working folder. */
const char *kc_audit_default_path(struct kc_arena *a);
/* Beside a SQLite store that was named; else ${XDG_DATA_HOME:-...}/kubechat/audit.key. store: its URL, NULL for the
 * default one. */
const char *kc_audit_key_path(struct kc_arena *a, const char *store);

/* Makes the folders that path lies in, mode 0700 for those that are missing. */
KC_CHECK bool kc_make_parents(const char *path, struct kc_err *err);
/* fsync of the folder that path lies in: a new name in it stays. */
KC_CHECK bool kc_sync_parent(const char *path, struct kc_err *err);
