#include "controller/base/err.h"

#include <stdio.h>
#include <string.h>

static const char *const class_names[] = {
    [KC_NONE] = "None",          [KC_RETRY] = "Retry",
    [KC_CONFLICT] = "Conflict",  [KC_GONE] = "Gone",
    [KC_NOT_FOUND] = "NotFound", [KC_FORBIDDEN] = "Forbidden",
    [KC_INVALID] = "Invalid",    [KC_UNAVAILABLE] = "Unavailable",
    [KC_FATAL] = "Fatal",
};

static const struct {
    int status;
    enum kc_class class;
} http_classes[] = {
    {401, KC_FORBIDDEN}, {403, KC_FORBIDDEN}, {404, KC_NOT_FOUND}, {408, KC_RETRY},
    {409, KC_CONFLICT},  {410, KC_GONE},      {429, KC_RETRY},
};

/* Bytes of s without a UTF-8 sequence that was cut off at its end. */
static size_t without_partial(const char *s, size_t len)
{
    size_t tail = 0;
    while (tail < 3 && tail < len && ((unsigned char)s[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == len)
        return len;
    unsigned char lead = (unsigned char)s[len - 1 - tail];
    size_t want = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    return tail < want ? len - 1 - tail : len;
}

static void keep(char *out, size_t size, const char *s)
{
    size_t len = strnlen(s, size);
    if (len >= size)
        len = without_partial(s, size - 1);
    memcpy(out, s, len);
    out[len] = '\0';
}

static void format(char *out, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(out, size, fmt, ap);
    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= size)
        out[without_partial(out, size - 1)] = '\0';
}

bool kc_vfail(struct kc_err *err, enum kc_class class, const char *reason, const char *fmt, va_list ap)
{
    if (!err)
        return false;
    /* The arguments may point into *err: format first. */
    struct kc_err fresh = {.class = class};
    format(fresh.message, sizeof fresh.message, fmt, ap);
    keep(fresh.reason, sizeof fresh.reason, reason ? reason : "");
    *err = fresh;
    return false;
}

bool kc_fail(struct kc_err *err, enum kc_class class, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)kc_vfail(err, class, reason, fmt, ap);
    va_end(ap);
    return false;
}

bool kc_wrap(struct kc_err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char joined[2 * sizeof err->message + 2];
    va_list ap;
    va_start(ap, fmt);
    format(joined, sizeof err->message, fmt, ap);
    va_end(ap);
    size_t at = strlen(joined);
    (void)snprintf(joined + at, sizeof joined - at, ": %s", err->message);
    keep(err->message, sizeof err->message, joined);
    return false;
}

void kc_err_clear(struct kc_err *err)
{
    if (err)
        *err = (struct kc_err){0};
}

const char *kc_class_name(enum kc_class class)
{
    size_t i = (size_t) class;
    return i < sizeof class_names / sizeof *class_names ? class_names[i] : "Unknown";
}

enum kc_class kc_class_of_http(int status)
{
    for (size_t i = 0; i < sizeof http_classes / sizeof *http_classes; i++)
        if (http_classes[i].status == status)
            return http_classes[i].class;
    if (status >= 200 && status < 300)
        return KC_NONE;
    if (status >= 300 && status < 500)
        return KC_INVALID;
    return KC_RETRY;
}
