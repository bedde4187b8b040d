#include "controller/base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for len more bytes and the NUL. False: the limit forbids it. */
static bool reserve(struct kc_buf *b, size_t len)
{
    if (b->overflow)
        return false;
    if (len > SIZE_MAX / 4 - b->len)
        abort();
    size_t want = b->len + len;
    if (b->limit && want > b->limit) {
        b->overflow = true;
        return false;
    }
    if (want < b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap <= want)
        cap *= 2;
    char *data = realloc(b->data, cap);
    if (!data)
        abort();
    b->data = data;
    b->cap = cap;
    return true;
}

void kc_buf_finish(struct kc_buf *b)
{
    free(b->data);
    *b = (struct kc_buf){.limit = b->limit};
}

void kc_buf_clear(struct kc_buf *b)
{
    b->len = 0;
    b->overflow = false;
    if (b->data)
        b->data[0] = '\0';
}

void kc_buf_add(struct kc_buf *b, const void *p, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, p, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void kc_buf_puts(struct kc_buf *b, const char *s)
{
    kc_buf_add(b, s, strlen(s));
}

void kc_buf_putc(struct kc_buf *b, char c)
{
    if (!reserve(b, 1))
        return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void kc_buf_printf(struct kc_buf *b, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    size_t len = (size_t)n;
    if (len < sizeof small) {
        kc_buf_add(b, small, len);
        return;
    }
    if (!reserve(b, len))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(b->data + b->len, len + 1, fmt, ap);
    va_end(ap);
    b->len += len;
}

void kc_buf_consume(struct kc_buf *b, size_t len)
{
    if (!b->data)
        return;
    if (len > b->len)
        len = b->len;
    b->len -= len;
    memmove(b->data, b->data + len, b->len + 1);
}

const char *kc_buf_str(const struct kc_buf *b)
{
    return b->data ? b->data : "";
}

char *kc_buf_steal(struct kc_buf *b)
{
    char *data = b->data ? b->data : calloc(1, 1);
    if (!data)
        abort();
    *b = (struct kc_buf){.limit = b->limit};
    return data;
}
