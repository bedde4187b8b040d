/* fold: a row that is longer than an entry may be, brought within that: its longest parts become blobs that it names.
 *
 * A plan of 512 objects has a preview of half a megabyte. In the detail {"blob": "sha256:...", "bytes": 457091} stands
 * in place of what was moved, a member of it as canonical JSON; a message keeps its beginning, and says which blob has
 * the whole of it.
 */
#pragma once

#include "controller/audit/row.h"

#define KC_FOLD_PARTS 4 /* of a row that are moved at most: its message, and the longest members of its detail */

struct kc_folded {
    const char *digest, *bytes;
    size_t len;
};

/* ret: row as it is encoded, with the moved parts among its blobs. Everything lives as long as a. INVALID: row is
 * no row, such as text that is not UTF-8. It may still be too long: its other texts are left as they are. */
KC_CHECK bool kc_row_fold(struct kc_arena *a, const struct kc_row *row, struct kc_row *ret,
                          struct kc_folded parts[KC_FOLD_PARTS], size_t *ret_n, struct kc_err *err);
