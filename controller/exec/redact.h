/* redact: what never leaves the API server's answer: a Secret's values and last-applied annotations, which may repeat
 * them. Each is replaced by a keyed digest, so that a difference still shows and nothing can be guessed back.
 */
#pragma once

#include <stdint.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"

struct kc_redact_key {
    uint8_t b[KC_SHA256_LEN];
};

/* An object, a list, or a table with objects in its rows, in place. */
void kc_redact(json_t *object, const struct kc_redact_key *key);
