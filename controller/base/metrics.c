#include "controller/base/metrics.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controller/base/text.h"

#define MOST_SERIES 256

enum type { COUNTER, GAUGE, HISTOGRAM };

static const char *const type_names[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};

struct kc_series {
    struct kc_metric *family;
    char **values;
    atomic_uint_least64_t number;  /* bits of a double; a histogram's sum */
    atomic_uint_least64_t *counts; /* a histogram's observations by bucket, the last is +Inf */
};

struct kc_metric {
    struct kc_metric *next;
    enum type type;
    const char *name, *help;
    const char **labels;
    size_t n_labels;
    double *buckets;
    size_t n_buckets;
    /* Appended under the lock and never changed again: readers need only count. One more for "other". */
    struct kc_series *series[MOST_SERIES + 1];
    atomic_size_t count;
};

/* The process has one registry, as it has one /metrics. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kc_metric *families;

static void *grab(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

static struct kc_series *append(struct kc_metric *m, const char *const *values)
{
    struct kc_series *s = grab(1, sizeof *s);
    s->family = m;
    s->values = grab(m->n_labels, sizeof *s->values);
    for (size_t i = 0; i < m->n_labels; i++) {
        s->values[i] = strdup(values ? values[i] : "other");
        if (!s->values[i])
            abort();
    }
    if (m->type == HISTOGRAM)
        s->counts = grab(m->n_buckets + 1, sizeof *s->counts);
    size_t n = atomic_load_explicit(&m->count, memory_order_relaxed);
    m->series[n] = s;
    atomic_store_explicit(&m->count, n + 1, memory_order_release);
    return s;
}

/* What promtool's linter and the data model say about names; the first that applies is the mistake. */
static const char *mistake_in(enum type type, const char *name, const char *help)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";
    static const char *const other_units[] = {"_milliseconds", "_microseconds", "_ms",        "_minutes", "_hours",
                                              "_days",         "_kilobytes",    "_megabytes", "_percent"};
    size_t len = strlen(name);
    if (!len || strspn(name, letters) != len || (*name >= '0' && *name <= '9'))
        return "the name has characters that it may not have";
    if (!*help)
        return "the help is empty";
    if (kc_str_ends(name, "_total") != (type == COUNTER))
        return "counters end in _total, others do not";
    if (type != COUNTER && (kc_str_ends(name, "_count") || kc_str_ends(name, "_sum") || kc_str_ends(name, "_bucket")))
        return "_count, _sum and _bucket are for a histogram's parts";
    for (size_t i = 0; i < sizeof other_units / sizeof *other_units; i++) {
        const char *at = strstr(name, other_units[i]);
        char after = at ? at[strlen(other_units[i])] : 'x';
        if (after == '\0' || after == '_')
            return "the unit is no base unit (seconds, bytes, ratio)";
    }
    return NULL;
}

static struct kc_metric *family(enum type type, const char *name, const char *help, const char *const *labels,
                                const double *buckets, size_t n)
{
    const char *mistake = mistake_in(type, name, help);
    if (mistake) {
        (void)fprintf(stderr, "metric %s: %s\n", name, mistake);
        abort();
    }
    (void)pthread_mutex_lock(&lock);
    struct kc_metric **at = &families;
    while (*at && strcmp((*at)->name, name) < 0)
        at = &(*at)->next;
    struct kc_metric *m = *at;
    if (m && strcmp(m->name, name) == 0) {
        if (m->type != type)
            abort();
    } else {
        m = grab(1, sizeof *m);
        *m = (struct kc_metric){.next = *at, .type = type, .name = name, .help = help};
        while (labels && labels[m->n_labels])
            m->n_labels++;
        m->labels = grab(m->n_labels, sizeof *m->labels);
        if (m->n_labels)
            memcpy(m->labels, labels, m->n_labels * sizeof *labels);
        m->buckets = grab(n, sizeof *buckets);
        if (n)
            memcpy(m->buckets, buckets, n * sizeof *buckets);
        m->n_buckets = n;
        if (!m->n_labels)
            append(m, NULL);
        *at = m;
    }
    (void)pthread_mutex_unlock(&lock);
    return m;
}

struct kc_metric *kc_metric_counter(const char *name, const char *help, const char *const *labels)
{
    return family(COUNTER, name, help, labels, NULL, 0);
}

struct kc_metric *kc_metric_gauge(const char *name, const char *help, const char *const *labels)
{
    return family(GAUGE, name, help, labels, NULL, 0);
}

struct kc_metric *kc_metric_histogram(const char *name, const char *help, const char *const *labels,
                                      const double *buckets, size_t n)
{
    return family(HISTOGRAM, name, help, labels, buckets, n);
}

static bool has_values(const struct kc_series *s, const char *const *values)
{
    size_t n = s->family->n_labels;
    for (size_t i = 0; i < n && values[i]; i++)
        if (strcmp(s->values[i], values[i]) != 0)
            return false;
    return true;
}

static struct kc_series *find(struct kc_metric *m, const char *const *values)
{
    size_t n = atomic_load_explicit(&m->count, memory_order_acquire);
    for (size_t i = 0; i < n; i++)
        if (has_values(m->series[i], values))
            return m->series[i];
    return NULL;
}

/* The one that takes what finds no room. */
static struct kc_series *other(struct kc_metric *m)
{
    return atomic_load(&m->count) > MOST_SERIES ? m->series[MOST_SERIES] : append(m, NULL);
}

struct kc_series *kc_metric_series(struct kc_metric *m, const char *const *values)
{
    static const char *const none[] = {NULL};
    if (!values)
        values = none;
    for (size_t i = 0; i < m->n_labels; i++)
        if (!values[i])
            abort();
    struct kc_series *s = find(m, values);
    if (s)
        return s;
    (void)pthread_mutex_lock(&lock);
    s = find(m, values);
    if (!s)
        s = atomic_load(&m->count) < MOST_SERIES ? append(m, values) : other(m);
    (void)pthread_mutex_unlock(&lock);
    return s;
}

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static double number_of(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static void add(atomic_uint_least64_t *number, double by)
{
    uint64_t was = atomic_load_explicit(number, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(number, &was, bits_of(number_of(was) + by), memory_order_relaxed,
                                                  memory_order_relaxed))
        ;
}

void kc_series_add(struct kc_series *s, double by)
{
    if (s->family->type == GAUGE || (s->family->type == COUNTER && by >= 0))
        add(&s->number, by);
}

void kc_series_set(struct kc_series *s, double to)
{
    if (s->family->type == GAUGE)
        atomic_store_explicit(&s->number, bits_of(to), memory_order_relaxed);
}

void kc_series_observe(struct kc_series *s, double value)
{
    if (s->family->type != HISTOGRAM)
        return;
    size_t i = 0;
    while (i < s->family->n_buckets && !(value <= s->family->buckets[i]))
        i++;
    atomic_fetch_add_explicit(&s->counts[i], 1, memory_order_relaxed);
    add(&s->number, value);
}

void kc_metric_inc(struct kc_metric *m, const char *const *values)
{
    kc_series_add(kc_metric_series(m, values), 1);
}

/* The shortest form that reads back as the same number. */
static void put_number(struct kc_buf *out, double d)
{
    if (isnan(d) || isinf(d)) {
        kc_buf_puts(out, isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, d);
        if (bits_of(strtod(text, NULL)) == bits_of(d))
            break;
    }
    kc_buf_puts(out, text);
}

static void put_escaped(struct kc_buf *out, const char *s, bool quotes)
{
    for (; *s; s++) {
        if (*s == '\n')
            kc_buf_puts(out, "\\n");
        else if (*s == '\\' || (quotes && *s == '"'))
            kc_buf_add(out, (const char[]){'\\', *s}, 2);
        else
            kc_buf_putc(out, *s);
    }
}

/* name suffix {labels, le="..."} value; le NULL: without. */
static void put_sample(struct kc_buf *out, const struct kc_series *s, const char *suffix, const double *le,
                       double value)
{
    const struct kc_metric *m = s->family;
    kc_buf_puts(out, m->name);
    kc_buf_puts(out, suffix);
    for (size_t i = 0; i < m->n_labels; i++) {
        kc_buf_printf(out, "%c%s=\"", i ? ',' : '{', m->labels[i]);
        put_escaped(out, s->values[i], true);
        kc_buf_putc(out, '"');
    }
    if (le) {
        kc_buf_puts(out, m->n_labels ? ",le=\"" : "{le=\"");
        put_number(out, *le);
        kc_buf_putc(out, '"');
    }
    if (m->n_labels || le)
        kc_buf_putc(out, '}');
    kc_buf_putc(out, ' ');
    put_number(out, value);
    kc_buf_putc(out, '\n');
}

static void put_series(struct kc_buf *out, struct kc_series *s)
{
    double number = number_of(atomic_load_explicit(&s->number, memory_order_relaxed));
    if (s->family->type != HISTOGRAM) {
        put_sample(out, s, "", NULL, number);
        return;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i <= s->family->n_buckets; i++) {
        double le = i < s->family->n_buckets ? s->family->buckets[i] : INFINITY;
        sum += atomic_load_explicit(&s->counts[i], memory_order_relaxed);
        put_sample(out, s, "_bucket", &le, (double)sum);
    }
    put_sample(out, s, "_sum", NULL, number);
    put_sample(out, s, "_count", NULL, (double)sum);
}

static int by_values(const void *a, const void *b)
{
    const struct kc_series *x = *(struct kc_series *const *)a, *y = *(struct kc_series *const *)b;
    int order = 0;
    for (size_t i = 0; !order && i < x->family->n_labels; i++)
        order = strcmp(x->values[i], y->values[i]);
    return order;
}

static void put_head(struct kc_buf *out, const char *name, const char *help, enum type type)
{
    kc_buf_printf(out, "# HELP %s ", name);
    put_escaped(out, help, false);
    kc_buf_printf(out, "\n# TYPE %s %s\n", name, type_names[type]);
}

static void put_family(struct kc_buf *out, struct kc_metric *m)
{
    struct kc_series *sorted[MOST_SERIES + 1];
    size_t n = atomic_load_explicit(&m->count, memory_order_acquire);
    const size_t size = sizeof *sorted; /* NOLINT(bugprone-sizeof-expression): of pointers */
    memcpy(sorted, m->series, n * size);
    qsort(sorted, n, size, by_values);
    put_head(out, m->name, m->help, m->type);
    for (size_t i = 0; i < n; i++)
        put_series(out, sorted[i]);
}

void kc_metrics_render(struct kc_buf *out)
{
    (void)pthread_mutex_lock(&lock);
    for (struct kc_metric *m = families; m; m = m->next)
        put_family(out, m);
    (void)pthread_mutex_unlock(&lock);
}

static double cpu_seconds(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double open_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    if (!d)
        return NAN;
    double n = -1; /* d's own */
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

/* The first cap-1 bytes of a file of /proc; "" when it cannot be read. */
static char *read_proc(const char *path, char *out, size_t cap)
{
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(out, 1, cap - 1, f) : 0;
    if (f)
        (void)fclose(f);
    out[n] = '\0';
    return out;
}

static double resident_bytes(void)
{
    char text[256];
    char *pages = strchr(read_proc("/proc/self/statm", text, sizeof text), ' ');
    return pages ? strtod(pages, NULL) * (double)sysconf(_SC_PAGESIZE) : NAN;
}

/* proc(5): starttime is field 22 of stat, in ticks since the boot; btime in /proc/stat is the boot. */
static double start_seconds(void)
{
    char stat[1024], system[65536];
    const char *at = strrchr(read_proc("/proc/self/stat", stat, sizeof stat), ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    const char *boot = strstr(read_proc("/proc/stat", system, sizeof system), "\nbtime ");
    return at && boot ? strtod(boot + 7, NULL) + strtod(at, NULL) / (double)sysconf(_SC_CLK_TCK) : NAN;
}

static const struct {
    const char *name, *help;
    enum type type;
    double (*read)(void);
} process[] = {
    {"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", COUNTER, cpu_seconds},
    {"process_open_fds", "Number of open file descriptors.", GAUGE, open_fds},
    {"process_resident_memory_bytes", "Resident memory size in bytes.", GAUGE, resident_bytes},
    {"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", GAUGE, start_seconds},
};

void kc_metrics_render_process(struct kc_buf *out)
{
    for (size_t i = 0; i < sizeof process / sizeof *process; i++) {
        double value = process[i].read();
        if (isnan(value))
            continue;
        put_head(out, process[i].name, process[i].help, process[i].type);
        kc_buf_printf(out, "%s ", process[i].name);
        put_number(out, value);
        kc_buf_putc(out, '\n');
    }
}
