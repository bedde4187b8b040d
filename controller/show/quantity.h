/* quantity: lists of quantities as kubectl's flags have them, "cpu=200m,memory=512Mi". Private to action. */
#pragma once

#include "controller/base/err.h"
#include "controller/base/text.h"

/* resource.Quantity's grammar: a decimal number with a suffix (m, k, M, Ki, Mi, ...) or an exponent; no minus. */
bool kc_quantity_valid(const char *s);

struct kc_quantity {
    const char *resource, *value;
};
struct kc_quantities {
    struct kc_quantity *v;
    size_t n;
};
/* flag names the flag in the message. text NULL: none. */
KC_CHECK bool kc_quantities_read(struct kc_arena *a, const char *flag, const char *text, struct kc_quantities *ret,
                                 struct kc_err *err);
