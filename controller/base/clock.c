#include "controller/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_S    INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST_S     INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DAY_S      INT64_C(86400)
#define YEAR_S     (365 * DAY_S)
#define LONGEST_NS (10 * YEAR_S * INT64_C(1000000000))

static int64_t read_us(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        abort();
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t kc_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t kc_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t kc_boot_ms(void)
{
    return read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t kc_unix_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

static char *put_digits(char *out, int value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + width;
}

/* Up to the seconds, without the zone; *ret_ms is the rest. */
static char *put_seconds(char *out, int64_t unix_ms, int *ret_ms)
{
    int64_t s = unix_ms / 1000;
    int ms = (int)(unix_ms % 1000);
    if (ms < 0) {
        ms += 1000;
        s--;
    }
    s = s < FIRST_S ? FIRST_S : s > LAST_S ? LAST_S : s;
    time_t t = s;
    struct tm tm;
    if (!gmtime_r(&t, &tm))
        abort();
    out = put_digits(out, tm.tm_year + 1900, 4);
    *out++ = '-';
    out = put_digits(out, tm.tm_mon + 1, 2);
    *out++ = '-';
    out = put_digits(out, tm.tm_mday, 2);
    *out++ = 'T';
    out = put_digits(out, tm.tm_hour, 2);
    *out++ = ':';
    out = put_digits(out, tm.tm_min, 2);
    *out++ = ':';
    out = put_digits(out, tm.tm_sec, 2);
    *ret_ms = ms;
    return out;
}

const char *kc_time_format(char out[KC_TIME_LEN], int64_t unix_ms)
{
    int ms;
    char *end = put_seconds(out, unix_ms, &ms);
    memcpy(end, "Z", 2);
    return out;
}

const char *kc_time_format_micro(char out[KC_TIME_LEN], int64_t unix_ms)
{
    int ms;
    char *end = put_seconds(out, unix_ms, &ms);
    *end++ = '.';
    end = put_digits(end, ms, 3);
    memcpy(end, "000Z", 5);
    return out;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly width digits, then the character after (unless it is NUL: then nothing more). */
static bool take(const char **s, int width, char after, int *ret)
{
    int value = 0;
    for (int i = 0; i < width; i++, (*s)++) {
        if (!digit(**s))
            return false;
        value = value * 10 + (**s - '0');
    }
    if (after) {
        if (**s != after)
            return false;
        (*s)++;
    }
    *ret = value;
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool parse_date(const char **s, struct tm *tm)
{
    int year, month, day;
    if (!take(s, 4, '-', &year) || !take(s, 2, '-', &month) || !take(s, 2, 0, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

static bool parse_clock(const char **s, struct tm *tm, int *ret_ms)
{
    if (!take(s, 2, ':', &tm->tm_hour) || !take(s, 2, ':', &tm->tm_min) || !take(s, 2, 0, &tm->tm_sec))
        return false;
    if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
        return false;
    *ret_ms = 0;
    if (**s != '.')
        return true;
    (*s)++;
    if (!digit(**s))
        return false;
    for (int weight = 100; digit(**s); weight /= 10, (*s)++)
        *ret_ms += (**s - '0') * weight;
    return true;
}

static bool parse_offset(const char **s, int *ret_s)
{
    char c = *(*s)++;
    *ret_s = 0;
    if (c == 'Z' || c == 'z')
        return true;
    int hours, minutes;
    if ((c != '+' && c != '-') || !take(s, 2, ':', &hours) || !take(s, 2, 0, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_s = (hours * 60 + minutes) * (c == '-' ? -60 : 60);
    return true;
}

bool kc_time_parse(const char *s, int64_t *ret_unix_ms, struct kc_err *err)
{
    const char *at = s;
    struct tm tm = {0};
    int ms, offset;
    bool ok = parse_date(&at, &tm) && (*at == 'T' || *at == 't');
    if (ok) {
        at++;
        ok = parse_clock(&at, &tm, &ms) && parse_offset(&at, &offset) && !*at;
    }
    if (ok) {
        bool leap = tm.tm_sec == 60; /* timegm makes it the next minute */
        int64_t unix_s = (int64_t)timegm(&tm) - offset;
        /* A leap second is the last of a UTC day; it reads as the second after it. */
        if (!leap || unix_s % DAY_S == 0) {
            *ret_unix_ms = unix_s * 1000 + ms;
            return true;
        }
    }
    return kc_fail(err, KC_INVALID, "InvalidTime", "\"%.64s\" is not an RFC 3339 time like 2026-11-23T09:48:00Z", s);
}

/* The steps of duration.HumanDuration in k8s.io/apimachinery: below the limit, so many units and so many of the rest.
 */
static const struct {
    int64_t below_s, unit_s, rest_s; /* rest_s 0: none is shown */
    char unit, rest;
} human[] = {
    {120, 1, 0, 's', 0},
    {600, 60, 1, 'm', 's'},
    {10800, 60, 0, 'm', 0},
    {28800, 3600, 60, 'h', 'm'},
    {2 * DAY_S, 3600, 0, 'h', 0},
    {8 * DAY_S, DAY_S, 3600, 'd', 'h'},
    {2 * YEAR_S, DAY_S, 0, 'd', 0},
    {8 * YEAR_S, YEAR_S, DAY_S, 'y', 'd'},
    {INT64_MAX, YEAR_S, 0, 'y', 0},
};

const char *kc_duration_human(char out[16], int64_t ms)
{
    int64_t s = ms / 1000;
    if (s < -1)
        return memcpy(out, "<invalid>", sizeof "<invalid>");
    if (s < 0)
        s = 0;
    size_t i = 0;
    while (s >= human[i].below_s)
        i++;
    int64_t rest = human[i].rest_s ? s % human[i].unit_s / human[i].rest_s : 0;
    /* The largest, INT64_MAX ms, is 292471208y. */
    unsigned units = (unsigned)(s / human[i].unit_s), rests = (unsigned)rest % 1000;
    if (rest)
        (void)snprintf(out, 16, "%u%c%u%c", units, human[i].unit, rests, human[i].rest);
    else
        (void)snprintf(out, 16, "%u%c", units, human[i].unit);
    return out;
}

/* Longest names first: "m" begins "ms". */
static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xC2\xB5s", 1000},
    {"\xCE\xBCs", 1000},
    {"ms", 1000000},
    {"s", INT64_C(1000000000)},
    {"m", INT64_C(60000000000)},
    {"h", INT64_C(3600000000000)},
};

/* One "1.5h"; adds it to *ns. */
static bool take_term(const char **s, int64_t *ns)
{
    int64_t whole = 0;
    double part = 0, weight = 0.1;
    const char *start = *s;
    for (; digit(**s); (*s)++)
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, **s - '0', &whole))
            return false;
    size_t digits = (size_t)(*s - start);
    if (**s == '.')
        for ((*s)++; digit(**s); (*s)++, weight /= 10, digits++)
            part += (**s - '0') * weight;
    if (!digits)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i].name);
        if (strncmp(*s, units[i].name, len) != 0)
            continue;
        *s += len;
        int64_t term;
        return !__builtin_mul_overflow(whole, units[i].ns, &term) &&
               !__builtin_add_overflow(term, (int64_t)(part * (double)units[i].ns + 0.5), &term) &&
               !__builtin_add_overflow(*ns, term, ns);
    }
    return false;
}

bool kc_duration_parse(const char *s, int64_t *ret_ms, struct kc_err *err)
{
    int64_t ns = 0;
    bool ok = *s != '\0';
    if (strcmp(s, "0") != 0)
        for (const char *at = s; ok && *at;)
            ok = take_term(&at, &ns);
    if (!ok || ns > LONGEST_NS)
        return kc_fail(err, KC_INVALID, "InvalidDuration",
                       "\"%.64s\" is not a duration like 90s, 15m or 1h30m of at most 87600h", s);
    *ret_ms = ns / 1000000;
    return true;
}
