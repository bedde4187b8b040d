#include "controller/http/headers.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"

int64_t kc_http_retry_after(const char *value, int64_t now_unix_ms)
{
    int64_t seconds = 0;
    if (!kc_parse_int(value, 0, INT32_MAX, &seconds)) {
        time_t at = curl_getdate(value, NULL);
        seconds = at == -1 ? 0 : (int64_t)at - now_unix_ms / KC_SECOND_MS;
    }
    if (seconds < 0)
        return 0;
    return seconds < KC_HOUR_MS / KC_SECOND_MS ? seconds * KC_SECOND_MS : KC_HOUR_MS;
}

static const char *skip_spaces(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* Reads a quoted-string at p into out (may be NULL: only skips it). Returns the byte after it, or NULL. */
static const char *quoted(const char *p, struct kc_buf *out)
{
    if (*p++ != '"')
        return NULL;
    for (; *p && *p != '"'; p++) {
        if (*p == '\\' && !*++p)
            return NULL;
        if (out)
            kc_buf_putc(out, iscntrl((unsigned char)*p) ? ' ' : *p);
    }
    return *p ? p + 1 : NULL;
}

static const char *skip_word(const char *p)
{
    while (*p && *p != ' ' && *p != '\t' && *p != ',')
        p++;
    return p;
}

void kc_http_warnings(struct kc_buf *out, const char *value)
{
    const char *p = value;
    do {
        p = skip_spaces(p);
        if (strspn(p, "0123456789") != 3)
            return;
        p = skip_spaces(skip_word(p + 3)); /* code */
        p = skip_spaces(skip_word(p));     /* agent */
        KC_BUF_SCOPE text = {.limit = 4096};
        if (!(p = quoted(p, &text)))
            return;
        kc_buf_add(out, text.data, text.len);
        kc_buf_putc(out, '\n');
        p = skip_spaces(p);
        if (*p == '"' && !(p = quoted(p, NULL))) /* date */
            return;
        p = skip_spaces(p);
    } while (*p++ == ',');
}

bool kc_http_header_name_valid(const char *name)
{
    if (!*name)
        return false;
    for (const char *p = name; *p; p++)
        if (!isascii((unsigned char)*p) || (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p)))
            return false;
    return true;
}

bool kc_http_header_value_valid(const char *value)
{
    size_t len = strlen(value);
    if (len && (value[0] == ' ' || value[len - 1] == ' '))
        return false;
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}
