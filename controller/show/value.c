/* Values as Go prints them, for templates and columns. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/show/show.h"

#define DIGITS 17 /* enough for every double */

/* "d.ddde+xx" with the fewest digits; returns how many stand behind the point. */
static int shortest(char *text, size_t size, double d)
{
    int precision = 0;

    do
        snprintf(text, size, "%.*e", precision, d);
    while (strtod(text, NULL) != d && ++precision < DIGITS);
    return precision;
}

void kc_show_real(struct kc_buf *out, double d, enum kc_real_style style)
{
    char text[40];
    int behind = shortest(text, sizeof text, d);
    char *e = strchr(text, 'e');

    if (!e) { /* infinite, or none: JSON has no such number */
        kc_buf_puts(out, text);
        return;
    }
    int exponent = (int)strtol(e + 1, NULL, 10);
    if (exponent >= (style == KC_REAL_JSON ? 21 : 6) || exponent < (style == KC_REAL_JSON ? -6 : -4)) {
        if (style == KC_REAL_JSON && e[2] == '0') /* 1e-07 is 1e-7 there */
            memmove(e + 2, e + 3, strlen(e + 3) + 1);
        kc_buf_puts(out, text);
        return;
    }
    kc_buf_printf(out, "%.*f", behind > exponent ? behind - exponent : 0, d);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void show_map(struct kc_buf *out, const json_t *v)
{
    const char **names = calloc(json_object_size(v) + 1, sizeof *names), *name;
    json_t *value;
    size_t n = 0;

    if (!names)
        abort();
    json_object_foreach((json_t *)v, name, value) names[n++] = name;
    qsort(names, n, sizeof *names, by_name);
    kc_buf_puts(out, "map[");
    for (size_t i = 0; i < n && !out->overflow; i++) {
        kc_buf_puts(out, i ? " " : "");
        kc_show_text(out, names[i]);
        kc_buf_putc(out, ':');
        kc_show_value(out, json_object_get(v, names[i]));
    }
    kc_buf_putc(out, ']');
    free(names);
}

void kc_show_value(struct kc_buf *out, const json_t *v)
{
    size_t i;
    json_t *item;

    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_OBJECT:
        show_map(out, v);
        break;
    case JSON_ARRAY:
        kc_buf_putc(out, '[');
        json_array_foreach(v, i, item)
        {
            kc_buf_puts(out, i ? " " : "");
            kc_show_value(out, item);
        }
        kc_buf_putc(out, ']');
        break;
    case JSON_STRING:
        kc_show_text(out, json_string_value(v));
        break;
    case JSON_INTEGER:
        kc_buf_printf(out, "%lld", (long long)json_integer_value(v));
        break;
    case JSON_REAL:
        kc_show_real(out, json_real_value(v), KC_REAL_FMT);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        kc_buf_puts(out, json_is_true(v) ? "true" : "false");
        break;
    case JSON_NULL:
        kc_buf_puts(out, "<nil>");
        break;
    }
}
