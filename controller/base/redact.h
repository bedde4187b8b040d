/* redact: takes what looks like a secret out of a text that people wrote, before it goes to a model server.
 *
 * Private keys, tokens with a known beginning, JSON Web Tokens, credentials in URLs and what follows "password:",
 * "token=" and the like become "[redacted]". It errs on the side of taking out too much; it is no proof that nothing is
 * left.
 */
#pragma once

#include "controller/base/arena.h"

const char *kc_redact_text(struct kc_arena *a, const char *text); /* text itself when there is nothing to take out */
