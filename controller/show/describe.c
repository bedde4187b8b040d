/* kubectl describe: what is common to all kinds, and objects without a layout of their own. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "controller/base/clock.h"
#include "controller/show/parts.h"
#include "controller/show/tabs.h"

static void begin(struct kc_buf *out, unsigned level)
{
    for (unsigned i = 0; i < level; i++)
        kc_buf_puts(out, "  ");
}

/* A value of several lines goes on below, in the same column. */
static void put_value(struct kc_buf *out, const char *value)
{
    for (;;) {
        size_t len = strcspn(value, "\n");
        KC_BUF_SCOPE line = {0};
        kc_buf_add(&line, value, len);
        for (char *p = line.data; p && *p; p++)
            if (*p == '\t')
                *p = ' ';
        kc_show_text(out, kc_buf_str(&line));
        kc_buf_putc(out, '\n');
        if (!value[len] || !value[len + 1])
            return;
        value += len + 1;
        kc_buf_putc(out, '\t');
    }
}

void kc_describe_field(struct kc_buf *out, unsigned level, const char *name, const char *value)
{
    begin(out, level);
    kc_show_cell(out, name);
    kc_buf_puts(out, ":\t");
    put_value(out, value);
}

void kc_describe_heading(struct kc_buf *out, unsigned level, const char *name)
{
    begin(out, level);
    kc_show_cell(out, name);
    kc_buf_puts(out, ":\n");
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The caller frees. */
static const char **names_of(const json_t *object, size_t *n)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof *names), *name;
    json_t *value;

    if (!names)
        abort();
    *n = 0;
    json_object_foreach((json_t *)object, name, value) names[(*n)++] = name;
    qsort(names, *n, sizeof *names, by_name);
    return names;
}

void kc_describe_map(struct kc_buf *out, unsigned level, const char *name, const json_t *map, const char *separator)
{
    size_t n;
    const char **keys = names_of(map, &n);

    begin(out, level);
    kc_buf_printf(out, "%s:\t", name);
    for (size_t i = 0; i < n; i++) {
        const char *value = json_string_value(json_object_get(map, keys[i]));
        kc_buf_puts(out, i ? "\t" : "");
        kc_show_cell(out, keys[i]);
        kc_buf_puts(out, separator);
        put_value(out, value ? value : "");
    }
    if (n == 0)
        kc_buf_puts(out, "<none>\n");
    free(keys);
}

const char *kc_describe_time(struct kc_arena *a, const json_t *object, const char *path)
{
    const char *text = kc_json_str(object, path);
    char out[40];
    struct tm tm;
    int64_t ms;

    if (!text || !kc_time_parse(text, &ms, NULL))
        return kc_or(text, "<unknown>");
    time_t seconds = (time_t)(ms / KC_SECOND_MS);
    strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&seconds, &tm));
    return kc_arena_strdup(a, out);
}

static void free_text(void *text)
{
    free(text);
}

const char *kc_describe_scalar(struct kc_arena *a, const json_t *v)
{
    if (json_is_string(v))
        return json_string_value(v);
    if (!v || json_is_null(v))
        return "<nil>";
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (text)
        kc_arena_defer(a, free_text, text);
    return text ? text : "";
}

/* Hundreds of lines that nobody reads: what kubectl apply keeps for itself. */
static json_t *shown_annotations(const json_t *object)
{
    json_t *out = json_copy(kc_json_at(object, "metadata.annotations"));

    json_object_del(out, "kubectl.kubernetes.io/last-applied-configuration");
    return out;
}

void kc_describe_head(struct kc_arena *a, const json_t *object, bool with_time, struct kc_buf *out)
{
    KC_JSON_SCOPE *annotations = shown_annotations(object);

    kc_describe_field(out, 0, "Name", kc_or(kc_json_str(object, "metadata.name"), ""));
    kc_describe_field(out, 0, "Namespace", kc_or(kc_json_str(object, "metadata.namespace"), ""));
    if (with_time)
        kc_describe_field(out, 0, "CreationTimestamp", kc_describe_time(a, object, "metadata.creationTimestamp"));
    kc_describe_map(out, 0, "Labels", kc_json_at(object, "metadata.labels"), "=");
    kc_describe_map(out, 0, "Annotations", annotations, ": ");
}

const char *kc_describe_controller(struct kc_arena *a, const json_t *object)
{
    size_t i;
    json_t *owner;

    json_array_foreach(kc_json_at(object, "metadata.ownerReferences"), i, owner)
    {
        if (kc_json_bool(owner, "controller", false))
            return kc_arena_printf(a, "%s/%s", kc_or(kc_json_str(owner, "kind"), ""),
                                   kc_or(kc_json_str(owner, "name"), ""));
    }
    return NULL;
}

void kc_describe_conditions(struct kc_arena *a, const json_t *conditions, bool with_reason, struct kc_buf *out)
{
    size_t i;
    json_t *c;

    (void)a;
    if (json_array_size(conditions) == 0)
        return;
    kc_buf_puts(out, with_reason ? "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n"
                                 : "Conditions:\n  Type\tStatus\n");
    json_array_foreach(conditions, i, c)
    {
        kc_buf_puts(out, "  ");
        kc_show_cell(out, kc_or(kc_json_str(c, "type"), ""));
        kc_buf_puts(out, " \t");
        kc_show_cell(out, kc_or(kc_json_str(c, "status"), ""));
        kc_buf_putc(out, with_reason ? '\t' : ' ');
        if (with_reason)
            kc_show_cell(out, kc_or(kc_json_str(c, "reason"), ""));
        kc_buf_putc(out, '\n');
    }
}

static const char *const acronyms[] = {"API", "URL", "UID", "OSB", "GUID", NULL};

static bool is_acronym(const char *word, size_t len)
{
    for (size_t i = 0; acronyms[i]; i++)
        if (strlen(acronyms[i]) == len && strncasecmp(acronyms[i], word, len) == 0)
            return true;
    return false;
}

/* Where the word that begins at s ends: "lastTransitionTime", "podIP", "IPFamily" -> last, IP. */
static size_t word_end(const char *s)
{
    size_t n = 1;

    if (!isalpha((unsigned char)s[0]))
        return 1;
    if (islower((unsigned char)s[0]) || islower((unsigned char)s[1])) {
        while (islower((unsigned char)s[n]))
            n++;
        return n;
    }
    while (isupper((unsigned char)s[n]) && !islower((unsigned char)s[n + 1]))
        n++;
    return n;
}

/* A field's name for people: "Last Transition Time", "API Version". Names with anything but letters and '-' stay. */
static const char *label_of(struct kc_arena *a, const char *field)
{
    KC_BUF_SCOPE out = {0};

    for (const char *p = field; *p; p++)
        if (!isalpha((unsigned char)*p) && *p != '-')
            return field;
    for (size_t len; *field; field += len) {
        len = word_end(field);
        kc_buf_puts(&out, out.len ? " " : "");
        for (size_t i = 0; i < len; i++)
            kc_buf_putc(&out, (char)(i == 0 || is_acronym(field, len) ? toupper((unsigned char)field[i]) : field[i]));
    }
    return kc_arena_strdup(a, kc_buf_str(&out));
}

/* Shown by kc_describe_head, or of no use to a person. */
static bool skipped(const char *path)
{
    static const char *const paths[] = {".metadata.managedFields", ".metadata.name", ".metadata.namespace",
                                        ".metadata.labels", ".metadata.annotations"};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (KC_STREQ(paths[i], path))
            return true;
    return false;
}

/* Maps of ConfigMaps and Secrets: their names are people's, not the API's. */
static bool holds_names(const char *path)
{
    return KC_STREQ(path, ".data") || KC_STREQ(path, ".stringData") || KC_STREQ(path, ".binaryData");
}

static void put_fields(struct kc_arena *a, const json_t *object, const char *path, unsigned level, struct kc_buf *out);

static void put_items(struct kc_arena *a, const json_t *list, const char *path, unsigned level, struct kc_buf *out)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        if (json_is_object(item)) {
            put_fields(a, item, path, level, out);
        } else {
            begin(out, level);
            put_value(out, kc_describe_scalar(a, item));
        }
    }
}

static void put_fields(struct kc_arena *a, const json_t *object, const char *path, unsigned level, struct kc_buf *out)
{
    size_t n;
    const char **names = names_of(object, &n);

    for (size_t i = 0; i < n && !out->overflow; i++) {
        const json_t *v = json_object_get(object, names[i]);
        const char *here = kc_arena_printf(a, "%s.%s", path, names[i]);
        const char *label = holds_names(path) ? names[i] : label_of(a, names[i]);
        if (skipped(here))
            continue;
        if (json_is_object(v) || json_is_array(v)) {
            kc_describe_heading(out, level, label);
            if (json_is_object(v))
                put_fields(a, v, here, level + 1, out);
            else
                put_items(a, v, here, level + 1, out);
        } else {
            kc_describe_field(out, level, label, kc_describe_scalar(a, v));
        }
    }
    free(names);
}

static void show_any(struct kc_arena *a, const json_t *object, struct kc_buf *out)
{
    kc_describe_head(a, object, false, out);
    put_fields(a, object, "", 0, out);
}

void kc_show_description(struct kc_arena *a, const json_t *object, const json_t *events, const json_t *more,
                         int64_t now, struct kc_buf *out)
{
    KC_BUF_SCOPE text = {.limit = out->limit};
    const char *kind = kc_or(kc_json_str(object, "kind"), ""), *api = kc_or(kc_json_str(object, "apiVersion"), "");

    if (KC_STREQ(kind, "Pod") && KC_STREQ(api, "v1"))
        kc_show_pod(a, object, now, &text);
    else if (kc_str_starts(api, "apps/") && kc_json_at(object, "spec.template"))
        kc_show_workload(a, object, more, &text);
    else if (KC_STREQ(kind, "Service") && KC_STREQ(api, "v1"))
        kc_show_service(a, object, more, &text);
    else if (KC_STREQ(kind, "ConfigMap") && KC_STREQ(api, "v1"))
        kc_show_config_map(a, object, &text);
    else
        show_any(a, object, &text);
    if (events)
        kc_describe_events(a, events, now, &text);
    kc_tabs_align(&kc_tabs_list, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
}
