/* tiles: the log in the public C2SP formats, for tools that we did not write.
 *
 * tlog-tiles: DIR/checkpoint, DIR/tile/<level>/<index>[.p/<width>] and DIR/tile/entries/<index>[.p/<width>]: static
 * files that any web server can publish. tlog-proof: one entry's inclusion in a signed checkpoint, as a text.
 */
#pragma once

#include "controller/base/arena.h"

/* Writes the log as of its newest checkpoint; *ret_size: entries in it. Full tiles that are there already are left
 * alone, so that a folder is brought up to date by running it again; the checkpoint is replaced last. NOT_FOUND when
 * nothing was signed yet; INVALID when a hash is missing. */
KC_CHECK bool kc_audit_tiles(const char *store, const char *dir, uint64_t *ret_size, struct kc_err *err);

/* The proof of entry index in the newest checkpoint. INVALID when it is beyond it. */
KC_CHECK const char *kc_audit_proof(const char *store, uint64_t index, struct kc_arena *a, struct kc_err *err);
