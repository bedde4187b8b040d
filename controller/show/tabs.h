/* tabs: text with tabs made into aligned columns, as kubectl aligns its own (elastic tabstops, Go's text/tabwriter).
 *
 * A cell ends with its tab; what stands behind the last tab of a line belongs to no column. Neighbouring lines that
 * have a cell in a column share its width: the widest of them and padding, at least min. Widths are counted in code
 * points. Pure.
 */
#pragma once

#include "controller/base/buf.h"

struct kc_tabs {
    size_t min, padding;
};
extern const struct kc_tabs kc_tabs_table; /* kubectl get: 6 and 3 */
extern const struct kc_tabs kc_tabs_list;  /* kubectl describe, rollout history: 0 and 2 */

/* Appends text[0, len) to out. */
void kc_tabs_align(const struct kc_tabs *tabs, const char *text, size_t len, struct kc_buf *out);
