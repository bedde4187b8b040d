#include "controller/plan/measure.h"

#include <ctype.h>
#include <string.h>

#include "controller/base/buf.h"
#include "controller/base/clock.h"
#include "controller/base/text.h"

#define DAY_MS  (24 * KC_HOUR_MS)
#define KIB_GIB INT64_C(1048576)
#define MAX_MS  (INT64_C(3650) * DAY_MS)

/* Units as words and as endings of a number. An "m" is ambiguous and read as minutes here; where CPU is spoken of, the
 * clause takes "500m" for millicores. */
static const struct unit {
    const char *words; /* " word " each */
    enum kc_part part;
    int64_t size; /* milliseconds, KiB, millicores */
    bool ending;  /* also right behind digits */
} units[] = {
    {" s sec secs ", KC_W_DURATION, KC_SECOND_MS, true},
    {" second seconds ", KC_W_DURATION, KC_SECOND_MS, false},
    {" m min mins ", KC_W_DURATION, KC_MINUTE_MS, true},
    {" minute minutes ", KC_W_DURATION, KC_MINUTE_MS, false},
    {" h hr hrs ", KC_W_DURATION, KC_HOUR_MS, true},
    {" hour hours ", KC_W_DURATION, KC_HOUR_MS, false},
    {" d ", KC_W_DURATION, DAY_MS, true},
    {" day days ", KC_W_DURATION, DAY_MS, false},
    {" w wk ", KC_W_DURATION, 7 * DAY_MS, true},
    {" week weeks ", KC_W_DURATION, 7 * DAY_MS, false},
    {" ki kib kb ", KC_W_MEMORY, 1, true},
    {" mi mib mb ", KC_W_MEMORY, 1024, true},
    {" meg megs megabyte megabytes mebibyte mebibytes ", KC_W_MEMORY, 1024, false},
    {" g gi gib gb ", KC_W_MEMORY, KIB_GIB, true},
    {" gig gigs gigabyte gigabytes gibibyte gibibytes ", KC_W_MEMORY, KIB_GIB, false},
    {" core cores cpu cpus vcpu vcpus ", KC_W_CPU, 1000, false},
    {" millicore millicores millicpu millicpus ", KC_W_CPU, 1, false},
};

static const struct unit *find_unit(const char *word, size_t len, bool ending)
{
    KC_BUF_SCOPE padded = {0};
    kc_buf_putc(&padded, ' ');
    kc_buf_add(&padded, word, len);
    kc_buf_putc(&padded, ' ');
    for (size_t i = 0; len && i < sizeof units / sizeof *units; i++)
        if ((!ending || units[i].ending) && strstr(units[i].words, kc_buf_str(&padded)))
            return &units[i];
    return NULL;
}

static const char *show_duration(struct kc_arena *a, int64_t ms)
{
    long long s = ms / KC_SECOND_MS;
    if (s % 3600 == 0)
        return kc_arena_printf(a, "%lldh", s / 3600);
    return s % 60 == 0 ? kc_arena_printf(a, "%lldm", s / 60) : kc_arena_printf(a, "%llds", s);
}

static const char *show_memory(struct kc_arena *a, int64_t kib)
{
    static const struct {
        int64_t size;
        const char *suffix;
    } suffixes[] = {{KIB_GIB, "Gi"}, {1024, "Mi"}, {1, "Ki"}};
    size_t i = 0;
    while (kib % suffixes[i].size)
        i++;
    return kc_arena_printf(a, "%lld%s", (long long)(kib / suffixes[i].size), suffixes[i].suffix);
}

/* num/den of the unit; false when that is not a whole number of the smallest one, or nothing anybody can mean. */
static bool reckon(struct kc_arena *a, const struct unit *u, int64_t num, int64_t den, struct kc_measure *ret)
{
    int64_t n;
    if (num <= 0 || __builtin_mul_overflow(num, u->size, &n) || n % den)
        return false;
    n /= den;
    ret->part = u->part;
    switch (u->part) {
    case KC_W_DURATION:
        ret->ms = n;
        ret->text = n <= MAX_MS && n % KC_SECOND_MS == 0 ? show_duration(a, n) : NULL;
        break;
    case KC_W_MEMORY:
        ret->text = show_memory(a, n);
        break;
    default:
        ret->text =
            n % 1000 ? kc_arena_printf(a, "%lldm", (long long)n) : kc_arena_printf(a, "%lld", (long long)n / 1000);
    }
    return ret->text != NULL;
}

/* "512Mi", "1G": quantities as Kubernetes writes them stay as they are. */
static bool is_quantity(const char *raw, size_t len)
{
    static const char *const suffixes[] = {"Ki", "Mi", "Gi", "Ti", "M", "G", "T"};
    size_t digits = 0;
    while (digits < len && (isdigit((unsigned char)raw[digits]) || raw[digits] == '.'))
        digits++;
    if (!digits || raw[0] == '.')
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strlen(suffixes[i]) == len - digits && memcmp(raw + digits, suffixes[i], len - digits) == 0)
            return true;
    return false;
}

/* "90s", "1h30m", "1.5gb" */
static bool read_token(struct kc_arena *a, const char *prompt, const struct kc_token *t, struct kc_measure *ret)
{
    const char *s = t->text;
    int64_t total = 0;
    *ret = (struct kc_measure){.one_token = true};
    if (is_quantity(prompt + t->at, t->len)) {
        ret->part = KC_W_MEMORY;
        ret->text = kc_arena_strndup(a, prompt + t->at, t->len);
        return true;
    }
    while (isdigit((unsigned char)*s)) {
        int64_t num = 0, den = 1;
        struct kc_measure part = {.one_token = true};
        for (; isdigit((unsigned char)*s) && num < KC_NUMBER_MAX; s++)
            num = num * 10 + (*s - '0');
        if (*s == '.')
            for (s++; isdigit((unsigned char)*s) && den < 1000; s++, den *= 10)
                num = num * 10 + (*s - '0');
        size_t len = 0;
        while (isalpha((unsigned char)s[len]))
            len++;
        const struct unit *u = find_unit(s, len, true);
        s += len;
        if (!u || !reckon(a, u, num, den, &part))
            return false;
        if (part.part != KC_W_DURATION) {
            *ret = part;
            return total == 0 && !*s;
        }
        total += part.ms;
    }
    if (*s || total <= 0 || total > MAX_MS)
        return false;
    ret->part = KC_W_DURATION;
    ret->ms = total;
    ret->text = show_duration(a, total);
    return true;
}

static const char *word_at(const struct kc_tokens *t, size_t i)
{
    return i < t->n && t->v[i].mark == KC_MARK_WORD ? t->v[i].text : "";
}

static bool is_article(const char *w)
{
    return KC_STREQ(w, "a") || KC_STREQ(w, "an");
}

size_t kc_measure_read(struct kc_arena *a, const char *prompt, const struct kc_tokens *t, size_t i,
                       struct kc_measure *ret)
{
    struct kc_quantity q;
    const char *first = word_at(t, i);
    if (isdigit((unsigned char)*first) && read_token(a, prompt, &t->v[i], ret))
        return 1;
    size_t n = kc_number_read(t, i, &q), at = i + n;
    if (!n && is_article(first)) {
        q = (struct kc_quantity){.num = 1, .den = 1}; /* "an hour" */
        at++;
    } else if (!n || q.sign || (q.unit != KC_UNIT_COUNT && q.unit != KC_UNIT_FRACTION)) {
        return 0;
    }
    if (n && KC_STREQ(word_at(t, at), "of"))
        at++;
    if (n && is_article(word_at(t, at)))
        at++; /* "half a gig" */
    const struct unit *u = find_unit(word_at(t, at), strlen(word_at(t, at)), false);
    *ret = (struct kc_measure){0};
    /* "a d" is no day. */
    /* Nor is "a CPU limit" an amount. */
    if (!u || (!n && (strlen(word_at(t, at)) < 3 || u->part == KC_W_CPU)) || !reckon(a, u, q.num, q.den, ret))
        return 0;
    return at + 1 - i;
}
