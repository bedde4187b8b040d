/* locker: what is kept confidential in the audit store: objects as they were before a change, transcripts.
 *
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: one key may lock 2^32 times (section 8.3), which at ten a
 * second is thirteen years. What comes out is
 *
 *     version (1 byte: 1) | key id (8 bytes) | nonce (12) | ciphertext | tag (16)
 *
 * with version, key id and the context as additional data, so that what was locked for one purpose opens for no other.
 * Contexts: "capture <request uid> <step id>", "transcript <request uid> <step id>".
 *
 * The key file holds a base64 key of 32 bytes a line ("head -c32 /dev/urandom | base64"); the first locks, all unlock.
 * To rotate: put a new line first, restart; take the old line out once nothing older is to be opened any more.
 *
 * A locker does not change once it is open: any thread may use it. Keys are wiped when it is closed. No error names a
 * key or what was locked.
 */
#pragma once

#include <stddef.h>

#include "controller/base/arena.h"

#define KC_LOCKER_MAX_KEYS  16
#define KC_LOCKER_OVERHEAD  (1 + 8 + 12 + 16) /* bytes that locking adds */
#define KC_LOCKER_MAX_PLAIN (64 << 20)

struct kc_locker;

/* NOT_FOUND when there is no such file; INVALID when it holds no key, something else than keys, or others may read it
 * (as kc_signer_load has it). */
KC_CHECK struct kc_locker *kc_locker_open(const char *key_path, struct kc_err *err);
struct kc_locker *kc_locker_close(struct kc_locker *l); /* accepts NULL, returns NULL */

/* What comes out is allocated in a. INVALID when plain is longer than KC_LOCKER_MAX_PLAIN. */
KC_CHECK const void *kc_locker_lock(const struct kc_locker *l, struct kc_arena *a, const char *context,
                                    const void *plain, size_t len, size_t *ret_len, struct kc_err *err);
/* The plain bytes, followed by a NUL that does not count. NOT_FOUND: locked with a key that the file no longer holds;
 * INVALID: not what kc_locker_lock() made for this context. */
KC_CHECK const void *kc_locker_unlock(const struct kc_locker *l, struct kc_arena *a, const char *context,
                                      const void *locked, size_t len, size_t *ret_len, struct kc_err *err);
