/* Events in the order of time: kubectl events, and the last section of kubectl describe. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/base/clock.h"
#include "controller/show/parts.h"
#include "controller/show/tabs.h"

struct event {
    const json_t *v;
    int64_t at;
    size_t place;
};

/* Series (events.k8s.io) and counted events (core/v1) say when they were seen last in different fields. */
static const char *last_seen(const json_t *e)
{
    const char *time = kc_json_str(e, "series.lastObservedTime");

    if (!time)
        time = kc_json_str(e, "lastTimestamp");
    return time ? time : kc_json_str(e, "eventTime");
}

static int by_time(const void *x, const void *y)
{
    const struct event *a = x, *b = y;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static bool wanted(const char *type, const char *types)
{
    size_t len = strlen(type);

    if (!types)
        return true;
    for (const char *p = types; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
        if (strcspn(p, ",") == len && strncasecmp(p, type, len) == 0)
            return true;
    return false;
}

static struct event *sorted(struct kc_arena *a, const json_t *const *lists, size_t n, const char *types, size_t *ret_n)
{
    size_t total = 0, j, at = 0;
    json_t *item;

    for (size_t i = 0; i < n; i++)
        total += json_array_size(json_object_get(lists[i], "items"));
    struct event *v = kc_arena_array(a, total, sizeof *v);
    for (size_t i = 0; i < n; i++)
        json_array_foreach(json_object_get(lists[i], "items"), j, item)
        {
            if (!wanted(kc_or(kc_json_str(item, "type"), ""), types))
                continue;
            v[at] = (struct event){.v = item, .place = at};
            const char *time = last_seen(item);
            if (time && !kc_time_parse(time, &v[at].at, NULL))
                v[at].at = 0;
            at++;
        }
    if (at)
        qsort(v, at, sizeof *v, by_time);
    *ret_n = at;
    return v;
}

static void put_interval(struct kc_buf *out, const json_t *e, int64_t now)
{
    const char *event_time = kc_json_str(e, "eventTime");
    const char *first = event_time ? event_time : kc_json_str(e, "firstTimestamp");
    const json_t *series = json_object_get(e, "series");
    int64_t n = json_is_object(series) ? kc_json_int(series, "count", 0) : kc_json_int(e, "count", 0);
    char since[16], over[16];

    if (json_is_object(series) || n > 1)
        kc_buf_printf(out, "%s (x%lld over %s)",
                      kc_show_age(since,
                                  json_is_object(series) ? kc_json_str(series, "lastObservedTime")
                                                         : kc_json_str(e, "lastTimestamp"),
                                  now),
                      (long long)n, kc_show_age(over, first, now));
    else
        kc_buf_puts(out, kc_show_age(over, first, now));
}

static void put_message(struct kc_buf *out, const json_t *e)
{
    const char *text = kc_or(kc_json_str(e, "message"), "");
    size_t len;

    text += strspn(text, " \t\r\n");
    for (len = strlen(text); len && strchr(" \t\r\n", text[len - 1]);)
        len--;
    KC_BUF_SCOPE trimmed = {0};
    kc_buf_add(&trimmed, text, len);
    kc_show_text(out, kc_buf_str(&trimmed));
    kc_buf_putc(out, '\n');
}

static void put_cells(struct kc_buf *out, const json_t *e, const char *first, const char *second)
{
    kc_show_cell(out, kc_or(kc_json_str(e, first), ""));
    kc_buf_putc(out, '\t');
    kc_show_cell(out, kc_or(kc_json_str(e, second), ""));
    kc_buf_putc(out, '\t');
}

void kc_show_events(struct kc_arena *a, const json_t *const *lists, size_t n, const struct kc_events_style *style,
                    int64_t now, struct kc_buf *out)
{
    KC_BUF_SCOPE text = {.limit = out->limit};
    size_t n_events;
    const struct event *events = sorted(a, lists, n, style->types, &n_events);

    if (n_events == 0)
        return;
    kc_buf_printf(&text, "%sLAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n", style->with_namespace ? "NAMESPACE\t" : "");
    for (size_t i = 0; i < n_events && !text.overflow; i++) {
        const json_t *e = events[i].v;
        if (style->with_namespace) {
            kc_show_cell(&text, kc_or(kc_json_str(e, "metadata.namespace"), ""));
            kc_buf_putc(&text, '\t');
        }
        put_interval(&text, e, now);
        kc_buf_putc(&text, '\t');
        put_cells(&text, e, "type", "reason");
        kc_show_cell(&text, kc_or(kc_json_str(e, "involvedObject.kind"), ""));
        kc_buf_putc(&text, '/');
        kc_show_cell(&text, kc_or(kc_json_str(e, "involvedObject.name"), ""));
        kc_buf_putc(&text, '\t');
        put_message(&text, e);
    }
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
}

const char *kc_show_events_summary(struct kc_arena *a, const json_t *const *lists, size_t n, const char *types)
{
    size_t total, warnings = 0;
    const struct event *events = sorted(a, lists, n, types, &total);

    for (size_t i = 0; i < total; i++)
        warnings += KC_STREQ(kc_or(kc_json_str(events[i].v, "type"), ""), "Warning");
    if (total == 0)
        return "no events";
    return kc_arena_printf(a, "%zu event%s, %zu warning%s", total, total == 1 ? "" : "s", warnings,
                           warnings == 1 ? "" : "s");
}

void kc_describe_events(struct kc_arena *a, const json_t *list, int64_t now, struct kc_buf *out)
{
    size_t n;
    const struct event *events = sorted(a, &list, list ? 1 : 0, NULL, &n);

    if (n == 0) {
        kc_describe_field(out, 0, "Events", "<none>");
        return;
    }
    kc_buf_puts(out, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n");
    for (size_t i = 0; i < n && !out->overflow; i++) {
        const json_t *e = events[i].v;
        kc_buf_puts(out, "  ");
        put_cells(out, e, "type", "reason");
        put_interval(out, e, now);
        kc_buf_putc(out, '\t');
        kc_show_cell(out, kc_or(kc_or(kc_json_str(e, "source.component"), kc_json_str(e, "reportingComponent")), ""));
        kc_buf_putc(out, '\t');
        put_message(out, e);
    }
}
