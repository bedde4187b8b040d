/* read: one read carried out as somebody, and what comes of it. Uses kube, action.
 *
 * The same call previews a read, executes it and makes its output when it is looked at: nothing of the output is kept
 * anywhere else (docs/decisions/0013).
 */
#pragma once

#include "controller/exec/look.h"

#define KC_OUTPUT_MAX ((size_t)1 << 20)

struct kc_read {
    struct kc_looked seen;
    const char *output; /* text, NUL-terminated, at most KC_OUTPUT_MAX bytes; its last line says when it was cut */
    size_t len, lines;
    bool truncated;
    const char *digest;  /* "hmac-sha256:..." of output: proves what was seen without telling what it was */
    const char *summary; /* counts and words that others may read */
};

/* "hmac-sha256:..." */
const char *kc_output_digest(struct kc_arena *a, const struct kc_redact_key *key, const char *output, size_t len);

/* Fails with the API server's own words, or INVALID when what was seen cannot be shown (no metrics, no such revision).
 */
KC_CHECK bool kc_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act,
                      struct kc_arena *a, struct kc_read *ret, struct kc_err *err);
