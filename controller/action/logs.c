#include "controller/action/logs.h"

#include <string.h>

#include "controller/action/pod_choice.h"
#include "controller/show/show.h"

#define MAX_SOURCES 20

static void add(struct kc_log_sources *s, const char *pod, const char *container, const char *out_of)
{
    if (s->n == MAX_SOURCES)
        s->left_out++;
    else
        s->v[s->n++] = (struct kc_log_source){.pod = pod, .container = container, .out_of = out_of};
}

static void add_all(const json_t *pod, const char *name, struct kc_log_sources *s)
{
    static const char *const lists[] = {"spec.initContainers", "spec.containers", "spec.ephemeralContainers"};
    size_t i;
    json_t *c;

    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++)
        json_array_foreach(kc_json_at(pod, lists[l]), i, c) add(s, name, kc_or(kc_json_str(c, "name"), ""), NULL);
}

static void add_pod(struct kc_arena *a, const json_t *pod, const struct kc_log_choice *choice, struct kc_log_sources *s)
{
    const char *name = kc_or(kc_json_str(pod, "metadata.name"), ""), *names = kc_pod_container_names(a, pod);

    if (choice->all_containers)
        add_all(pod, name, s);
    else if (!choice->container)
        add(s, name, kc_pod_default_container(pod),
            strchr(names, ',') && !kc_pod_default_is_annotated(pod) ? names : NULL);
    else if (kc_pod_has_container(pod, choice->container))
        add(s, name, choice->container, NULL);
}

struct kc_log_sources kc_log_sources_of(struct kc_arena *a, const json_t *answer, const struct kc_log_choice *choice)
{
    size_t n;
    const json_t **pods = kc_pods_by_choice(a, answer, choice->all_pods ? KC_POD_AS_LISTED : KC_POD_TO_READ, &n);
    struct kc_log_sources s = {.v = kc_arena_array(a, MAX_SOURCES, sizeof *s.v), .pods = n, .known = ""};

    if (n == 0)
        return s;
    s.first_pod = kc_or(kc_json_str(pods[0], "metadata.name"), "");
    s.known = kc_pod_container_names(a, pods[0]);
    for (size_t i = 0; i < (choice->all_pods ? n : 1); i++)
        add_pod(a, pods[i], choice, &s);
    return s;
}

static void put_lines(struct kc_buf *out, const struct kc_log_source *s, const char *text, bool prefix)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        KC_BUF_SCOPE line = {0};
        kc_buf_add(&line, text, len);
        if (prefix)
            kc_buf_printf(out, "[pod/%s/%s] ", s->pod, s->container);
        kc_show_text(out, kc_buf_str(&line));
        kc_buf_putc(out, '\n');
        text += len + (text[len] == '\n');
    }
}

/* The newest lines that fit into share bytes, a prefix of each included. */
static const char *newest(const char *text, size_t share, size_t a_line, size_t *ret_left_out)
{
    size_t len = strlen(text), used = 0, end = len;

    *ret_left_out = 0;
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && text[start - 1] != '\n')
            start--;
        used += end - start + a_line;
        if (used > share) {
            *ret_left_out = end;
            return text + end;
        }
        end = start;
    }
    return text;
}

static void put_source(const struct kc_log_source *s, const struct kc_answer *log, bool prefix, size_t share,
                       struct kc_buf *out)
{
    size_t left_out = 0;

    if (log->status != 200) {
        kc_buf_printf(out, "[pod/%s/%s] no log: ", s->pod, s->container);
        kc_show_cell(out, kc_or(log->text, "the container has not started"));
        kc_buf_putc(out, '\n');
        return;
    }
    const char *text =
        newest(kc_or(log->text, ""), share, prefix ? strlen(s->pod) + strlen(s->container) + 8 : 0, &left_out);
    if (left_out)
        kc_buf_printf(out, "[pod/%s/%s] ... %zu older bytes are left out: ask with --tail or --since\n", s->pod,
                      s->container, left_out);
    put_lines(out, s, text, prefix);
}

void kc_show_logs(const struct kc_log_sources *sources, const struct kc_answer *logs, size_t n, bool prefix,
                  struct kc_buf *out)
{
    /* Control characters take more room shown than sent, and notes take some: a quarter is kept free for them. */
    size_t share = out->limit ? out->limit / 4 * 3 / (n ? n : 1) : SIZE_MAX;

    if (sources->pods > 1 && sources->n == 1)
        kc_buf_printf(out, "Found %zu pods, using pod/%s\n", sources->pods, sources->first_pod);
    for (size_t i = 0; i < sources->n; i++)
        if (sources->v[i].out_of)
            kc_buf_printf(out, "Defaulted container \"%s\" out of: %s\n", sources->v[i].container,
                          sources->v[i].out_of);
    for (size_t i = 0; i < n && i < sources->n; i++)
        put_source(&sources->v[i], &logs[i], prefix, share, out);
    if (sources->left_out)
        kc_buf_printf(out, "... and %zu more containers: narrow it down with --selector\n", sources->left_out);
}
