/* What pods and nodes use right now: metrics.k8s.io/v1beta1 as kubectl top prints it. */
#include <stdlib.h>
#include <string.h>

#include "controller/show/show.h"
#include "controller/show/tabs.h"

#define UNKNOWN "<unknown>\t" /* of a node that has not been measured */

enum { CPU, MEMORY, RESOURCES };
static const char *const resources[RESOURCES] = {"cpu", "memory"};

/* Parts of one that amounts are added up in: containers' sums are rounded once, as kubectl does. */
static const int64_t parts[RESOURCES] = {[CPU] = 1000000000, [MEMORY] = 1000};

struct usage {
    const char *ns, *name, *container;
    int64_t amount[RESOURCES];
};

/* What each suffix stands for (apimachinery's resource.Quantity): so many, or so many of which make one. */
static const struct {
    const char *suffix;
    int64_t many, of_one;
} suffixes[] = {
    {"n", 1, 1000000000}, {"u", 1, 1000000},  {"m", 1, 1000},       {"", 1, 1},
    {"k", 1000, 1},       {"M", 1000000, 1},  {"G", 1000000000, 1}, {"T", 1000000000000, 1},
    {"Ki", 1 << 10, 1},   {"Mi", 1 << 20, 1}, {"Gi", 1 << 30, 1},   {"Ti", INT64_C(1) << 40, 1},
};

/* In so many parts of one; the API rounds up what is less. */
static int64_t quantity_in(const char *text, int64_t of_one)
{
    char *end;
    double n = strtod(text, &end);

    if (end == text || n != n)
        return 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (!KC_STREQ(suffixes[i].suffix, end))
            continue;
        double many = n * (double)suffixes[i].many;
        bool finer = of_one < suffixes[i].of_one;
        int64_t scale = finer ? suffixes[i].of_one / of_one : of_one / suffixes[i].of_one;
        double parted = finer ? many / (double)scale : many * (double)scale;
        int64_t whole = parted >= 9e18 ? INT64_MAX : parted <= -9e18 ? INT64_MIN : (int64_t)parted;
        return (double)whole < parted ? whole + 1 : whole;
    }
    return 0;
}

int64_t kc_quantity_milli(const char *text)
{
    return quantity_in(text, 1000);
}

static void add_usage(struct usage *u, const json_t *usage)
{
    for (int r = 0; r < RESOURCES; r++)
        if (__builtin_add_overflow(u->amount[r], quantity_in(kc_or(kc_json_str(usage, resources[r]), "0"), parts[r]),
                                   &u->amount[r]))
            u->amount[r] = INT64_MAX;
}

static int64_t milli(const struct usage *u, int r)
{
    int64_t of_milli = parts[r] / 1000;

    return u->amount[r] / of_milli + (u->amount[r] % of_milli > 0);
}

static int compare_names(const struct usage *a, const struct usage *b)
{
    int order = strcmp(a->ns, b->ns);

    if (!order)
        order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->container, b->container);
}

static int by_name(const void *x, const void *y)
{
    return compare_names(x, y);
}

static int most_first(const struct usage *a, const struct usage *b, int r)
{
    return milli(a, r) != milli(b, r) ? (milli(a, r) < milli(b, r) ? 1 : -1) : compare_names(a, b);
}

static int by_cpu(const void *x, const void *y)
{
    return most_first(x, y, CPU);
}

static int by_memory(const void *x, const void *y)
{
    return most_first(x, y, MEMORY);
}

static void sort(struct usage *v, size_t n, const char *sort_by)
{
    if (n)
        qsort(v, n, sizeof *v, !sort_by ? by_name : KC_STREQ(sort_by, "cpu") ? by_cpu : by_memory);
}

/* A list, or one object as it is. */
static const json_t *item_at(const json_t *answer, size_t i)
{
    const json_t *items = json_object_get(answer, "items");

    return items ? json_array_get(items, i) : answer;
}

static size_t n_items(const json_t *answer)
{
    return json_object_get(answer, "items") ? json_array_size(json_object_get(answer, "items")) : 1;
}

static size_t count_containers(const json_t *metrics)
{
    size_t n = 0;

    for (size_t i = 0; i < n_items(metrics); i++)
        n += json_array_size(json_object_get(item_at(metrics, i), "containers"));
    return n;
}

static struct usage *pod_usage(struct kc_arena *a, const json_t *metrics, bool containers, size_t *ret_n)
{
    struct usage *v = kc_arena_array(a, n_items(metrics) + count_containers(metrics), sizeof *v);
    size_t n = 0, j;
    json_t *c;

    for (size_t i = 0; i < n_items(metrics); i++) {
        const json_t *item = item_at(metrics, i);
        struct usage of = {.ns = kc_or(kc_json_str(item, "metadata.namespace"), ""),
                           .name = kc_or(kc_json_str(item, "metadata.name"), ""),
                           .container = ""};
        struct usage sum = of;
        json_array_foreach(json_object_get(item, "containers"), j, c)
        {
            struct usage one = of;
            one.container = kc_or(kc_json_str(c, "name"), "");
            add_usage(&one, json_object_get(c, "usage"));
            add_usage(&sum, json_object_get(c, "usage"));
            if (containers)
                v[n++] = one;
        }
        if (!containers)
            v[n++] = sum;
    }
    *ret_n = n;
    return v;
}

static void put_name(struct kc_buf *out, const char *name)
{
    kc_show_cell(out, name);
    kc_buf_putc(out, '\t');
}

static void put_share(struct kc_buf *out, const struct usage *u, const struct usage *of, int r)
{
    if (of && of->amount[r])
        kc_buf_printf(out, "%lld%%\t", (long long)((double)milli(u, r) / (double)milli(of, r) * 100));
}

static void put_amounts(struct kc_buf *out, const struct usage *u, const struct usage *of)
{
    kc_buf_printf(out, "%lldm\t", (long long)milli(u, CPU));
    put_share(out, u, of, CPU);
    kc_buf_printf(out, "%lldMi\t", (long long)(milli(u, MEMORY) / 1000 / (1 << 20)));
    put_share(out, u, of, MEMORY);
    kc_buf_putc(out, '\n');
}

void kc_show_top_pods(struct kc_arena *a, const json_t *metrics, const struct kc_top_style *style, struct kc_buf *out)
{
    KC_BUF_SCOPE text = {.limit = out->limit};
    size_t n;
    struct usage *v = pod_usage(a, metrics, style->containers, &n);

    if (n == 0)
        return;
    sort(v, n, style->sort_by);
    kc_buf_printf(&text, "%s%sNAME\tCPU(cores)\tMEMORY(bytes)\t\n", style->with_namespace ? "NAMESPACE\t" : "",
                  style->containers ? "POD\t" : "");
    for (size_t i = 0; i < n; i++) {
        if (style->with_namespace)
            put_name(&text, v[i].ns);
        put_name(&text, v[i].name);
        if (style->containers)
            put_name(&text, v[i].container);
        put_amounts(&text, &v[i], NULL);
    }
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
}

static const json_t *node_named(const json_t *nodes, const char *name)
{
    for (size_t i = 0; i < n_items(nodes); i++)
        if (KC_STREQ(kc_or(kc_json_str(item_at(nodes, i), "metadata.name"), ""), name))
            return item_at(nodes, i);
    return NULL;
}

static bool is_measured(const struct usage *v, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (KC_STREQ(v[i].name, name))
            return true;
    return false;
}

void kc_show_top_nodes(struct kc_arena *a, const json_t *metrics, const json_t *nodes, const struct kc_top_style *style,
                       struct kc_buf *out)
{
    KC_BUF_SCOPE text = {.limit = out->limit};
    size_t n = n_items(metrics);
    struct usage *v = kc_arena_array(a, n, sizeof *v);

    for (size_t i = 0; i < n; i++) {
        v[i] = (struct usage){
            .ns = "", .name = kc_or(kc_json_str(item_at(metrics, i), "metadata.name"), ""), .container = ""};
        add_usage(&v[i], json_object_get(item_at(metrics, i), "usage"));
    }
    if (n == 0)
        return;
    sort(v, n, style->sort_by);
    kc_buf_puts(&text, "NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t\n");
    for (size_t i = 0; i < n; i++) {
        struct usage allocatable = {0};
        add_usage(&allocatable, kc_json_at(node_named(nodes, v[i].name), "status.allocatable"));
        put_name(&text, v[i].name);
        put_amounts(&text, &v[i], &allocatable);
    }
    for (size_t i = 0; i < n_items(nodes); i++) {
        const char *name = kc_or(kc_json_str(item_at(nodes, i), "metadata.name"), "");
        if (is_measured(v, n, name))
            continue;
        put_name(&text, name);
        kc_buf_puts(&text, UNKNOWN UNKNOWN UNKNOWN UNKNOWN "\n");
    }
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
}
