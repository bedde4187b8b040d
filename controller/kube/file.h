/* file: small files (tokens, certificates) as strings. */
#pragma once

#include "controller/base/arena.h"

/* All of the file, NUL-terminated, in the arena. NULL: NOT_FOUND, or INVALID (not readable, a NUL byte, larger than
 * max). */
KC_CHECK const char *kc_file_read(struct kc_arena *a, const char *path, size_t max, struct kc_err *err);
