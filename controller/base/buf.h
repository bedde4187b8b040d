/* buf: a growing byte string, always NUL-terminated after its len bytes.
 *
 * Plain data; `struct kc_buf b = {0};` is an empty buffer. limit bounds its length: an append that would pass it sets
 * overflow and changes nothing, nor does any append after it until kc_buf_clear(), so that a writer checks once at the
 * end and what is there is a prefix of what was written. Out of memory aborts. Not thread-safe.
 */
#pragma once

#include <stddef.h>

#include "controller/base/err.h"

struct kc_buf {
    char *data;
    size_t len;
    size_t cap;
    size_t limit; /* 0: none */
    bool overflow;
};

void kc_buf_finish(struct kc_buf *b); /* frees the data, leaves an empty buffer with the same limit */
void kc_buf_clear(struct kc_buf *b);  /* keeps the memory */
void kc_buf_add(struct kc_buf *b, const void *p, size_t len);
void kc_buf_puts(struct kc_buf *b, const char *s);
void kc_buf_putc(struct kc_buf *b, char c);
void kc_buf_printf(struct kc_buf *b, const char *fmt, ...) KC_PRINTF(2, 3);
void kc_buf_consume(struct kc_buf *b, size_t len); /* drops the first len bytes */
const char *kc_buf_str(const struct kc_buf *b);    /* never NULL */
char *kc_buf_steal(struct kc_buf *b); /* malloc'd, never NULL; the caller frees it; b is empty afterwards */

#define KC_BUF_SCOPE __attribute__((cleanup(kc_buf_finish))) struct kc_buf
