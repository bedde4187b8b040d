#include "controller/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controller/base/buf.h"
#include "controller/base/clock.h"
#include "controller/base/text.h"

#define LONGEST_VALUE 4096

static atomic_int least_level = KC_INFO;
static atomic_bool as_json;

static const struct {
    const char *name;
    char letter;
} levels[] = {
    [KC_DEBUG] = {"debug", 'D'},
    [KC_INFO] = {"info", 'I'},
    [KC_WARN] = {"warn", 'W'},
    [KC_ERROR] = {"error", 'E'},
};

void kc_log_init(enum kc_level least, bool json)
{
    atomic_store(&least_level, (int)least);
    atomic_store(&as_json, json);
}

bool kc_log_on(enum kc_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

static void put_code_point(struct kc_buf *out, uint32_t c)
{
    if (c == '\n' || c == '\t') {
        kc_buf_puts(out, c == '\n' ? "\\n" : "\\t");
    } else if (c < 0x10000) {
        kc_buf_printf(out, "\\u%04x", c);
    } else {
        c -= 0x10000;
        kc_buf_printf(out, "\\u%04x\\u%04x", 0xD800 + (c >> 10), 0xDC00 + (c & 0x3FF));
    }
}

/* Escapes as JSON does, and beyond it all that could move a terminal's cursor or hide text. */
static void put_escaped(struct kc_buf *out, const char *s)
{
    size_t len = strnlen(s, LONGEST_VALUE + 1);
    bool cut = len > LONGEST_VALUE;
    for (size_t i = 0, n; i < len && i < LONGEST_VALUE; i += n) {
        uint32_t c;
        n = kc_utf8_decode(s + i, len - i, &c);
        if (!n) {
            n = 1;
            put_code_point(out, 0xFFFD);
        } else if (c == '"' || c == '\\') {
            kc_buf_add(out, (const char[]){'\\', (char)c}, 2);
        } else if (c == '\n' || c == '\t' || kc_text_deceptive(s + i, n, NULL)) {
            put_code_point(out, c);
        } else {
            kc_buf_add(out, s + i, n);
        }
    }
    if (cut)
        kc_buf_puts(out, "\xE2\x80\xA6");
}

static void put_quoted(struct kc_buf *out, const char *s)
{
    kc_buf_putc(out, '"');
    put_escaped(out, s);
    kc_buf_putc(out, '"');
}

static bool needs_quotes(const char *s)
{
    size_t len = strnlen(s, LONGEST_VALUE + 1);
    return !len || len > LONGEST_VALUE || strpbrk(s, " \t\n\"\\=") || kc_text_deceptive(s, len, NULL);
}

static void put_text_head(struct kc_buf *out, enum kc_level level, const char *component, const char *message)
{
    char now[KC_TIME_LEN];
    kc_time_format_micro(now, kc_unix_ms());
    /* 2026-11-23T09:48:00.123... becomes 1123 09:48:00.123 */
    kc_buf_printf(out, "%c%.2s%.2s %.12s ", levels[level].letter, now + 5, now + 8, now + 11);
    put_escaped(out, component);
    kc_buf_puts(out, ": ");
    put_escaped(out, message);
}

static void put_json_head(struct kc_buf *out, enum kc_level level, const char *component, const char *message)
{
    char now[KC_TIME_LEN];
    kc_buf_printf(out, "{\"ts\":\"%s\",\"level\":\"%s\",\"component\":", kc_time_format_micro(now, kc_unix_ms()),
                  levels[level].name);
    put_quoted(out, component);
    kc_buf_puts(out, ",\"msg\":");
    put_quoted(out, message);
}

static void put_pair(struct kc_buf *out, bool json, const char *key, const char *value)
{
    kc_buf_putc(out, json ? ',' : ' ');
    if (json)
        put_quoted(out, key);
    else
        put_escaped(out, key);
    kc_buf_putc(out, json ? ':' : '=');
    if (json || needs_quotes(value))
        put_quoted(out, value);
    else
        kc_buf_puts(out, value);
}

void kc_log(enum kc_level level, const char *component, const char *message, ...)
{
    if (!kc_log_on(level))
        return;
    bool json = atomic_load_explicit(&as_json, memory_order_relaxed);
    KC_BUF_SCOPE line = {0};
    if (json)
        put_json_head(&line, level, component, message);
    else
        put_text_head(&line, level, component, message);
    va_list ap;
    va_start(ap, message);
    for (const char *key; (key = va_arg(ap, const char *));) {
        const char *value = va_arg(ap, const char *);
        put_pair(&line, json, key, value ? value : "");
    }
    va_end(ap);
    kc_buf_puts(&line, json ? "}\n" : "\n");
    /* A log that cannot be written has nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line.data, line.len);
    (void)written;
}
