/* note: signed checkpoints: C2SP tlog-checkpoint in a C2SP signed-note with an Ed25519 key.
 *
 * A checkpoint is three lines (origin, decimal size, base64 root), an empty line and signature lines
 * "— <key name> base64(4-byte key id || signature)". Keys are encoded as golang.org/x/mod/sumdb/note does:
 * "PRIVATE+KEY+<name>+<id>+<base64>" and "<name>+<id>+<base64>", so that tools we did not write verify them. Pure but
 * for key generation.
 */
#pragma once

#include "controller/audit/tree.h"

struct kc_signer;
/* name: printable ASCII without spaces and '+', at most 255 bytes; by custom the log's origin. INVALID otherwise. */
struct kc_signer *kc_signer_generate(const char *name, struct kc_err *err);
struct kc_signer *kc_signer_parse(const char *private_key, struct kc_err *err);
struct kc_signer *kc_signer_destroy(struct kc_signer *s); /* accepts NULL, returns NULL */
const char *kc_signer_name(const struct kc_signer *s);
const char *kc_signer_private(const struct kc_signer *s, struct kc_arena *a); /* secret */
const char *kc_signer_public(const struct kc_signer *s, struct kc_arena *a);

/* INVALID says what is wrong with a public key line. */
KC_CHECK bool kc_public_key_check(const char *line, struct kc_err *err);

#define KC_NOTE_MAX 65536

struct kc_checkpoint {
    const char *origin;
    uint64_t size;
    struct kc_hash root;
};
KC_CHECK const char *kc_checkpoint_sign(struct kc_arena *a, const struct kc_checkpoint *c, const struct kc_signer *s,
                                        struct kc_err *err);
/* At most KC_NOTE_MAX bytes. Checks the signature with the public key line; other parties' signatures are passed over.
 * NULL for the key: reads the checkpoint without believing it. INVALID says what does not fit. */
KC_CHECK bool kc_checkpoint_open(struct kc_arena *a, const char *note, size_t len, const char *public_key,
                                 struct kc_checkpoint *ret, struct kc_err *err);
