#include "controller/action/logs.h"

#include <stdlib.h>
#include <string.h>

#include "controller/action/show.h"
#include "controller/base/clock.h"

#define MAX_SOURCES        20
#define DEFAULT_ANNOTATION "kubectl.kubernetes.io/default-container"

/* What a pod is chosen by, the better the smaller (as kubectl logs chooses: scheduled, running, ready, for longer, with
 * more restarts, older). */
struct candidate {
    const json_t *pod;
    int64_t rank[6];
    size_t place;
};

static const json_t *ready_condition(const json_t *pod)
{
    size_t i;
    json_t *c;

    json_array_foreach(kc_json_at(pod, "status.conditions"), i, c)
    {
        if (KC_STREQ(kc_or(kc_json_str(c, "type"), ""), "Ready") &&
            KC_STREQ(kc_or(kc_json_str(c, "status"), ""), "True"))
            return c;
    }
    return NULL;
}

static int64_t restarts(const json_t *pod)
{
    int64_t most = 0;
    size_t i;
    json_t *s;

    json_array_foreach(kc_json_at(pod, "status.containerStatuses"), i, s)
    {
        int64_t n = kc_json_int(s, "restartCount", 0);
        most = n > most ? n : most;
    }
    return most;
}

static int64_t time_at(const json_t *object, const char *path)
{
    const char *text = kc_json_str(object, path);
    int64_t ms;

    return text && kc_time_parse(text, &ms, NULL) ? ms : INT64_MAX;
}

static struct candidate candidate_of(const json_t *pod, size_t place)
{
    const char *phase = kc_or(kc_json_str(pod, "status.phase"), "");
    const json_t *ready = ready_condition(pod);

    return (struct candidate){.pod = pod,
                              .place = place,
                              .rank = {*kc_or(kc_json_str(pod, "spec.nodeName"), "") == '\0',
                                       KC_STREQ(phase, "Pending")   ? 2
                                       : KC_STREQ(phase, "Unknown") ? 1
                                                                    : 0,
                                       ready == NULL, ready ? time_at(ready, "lastTransitionTime") : 0, -restarts(pod),
                                       time_at(pod, "metadata.creationTimestamp")}};
}

static int by_rank(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;

    for (size_t i = 0; i < sizeof a->rank / sizeof a->rank[0]; i++)
        if (a->rank[i] != b->rank[i])
            return a->rank[i] < b->rank[i] ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static const char *const container_lists[] = {"spec.initContainers", "spec.containers", "spec.ephemeralContainers"};
#define N_LISTS (sizeof container_lists / sizeof container_lists[0])

static const char *names_of(struct kc_arena *a, const json_t *pod)
{
    KC_BUF_SCOPE out = {0};
    size_t i;
    json_t *c;

    for (size_t l = 0; l < N_LISTS; l++)
        json_array_foreach(kc_json_at(pod, container_lists[l]), i, c)
            kc_buf_printf(&out, "%s%s", out.len ? ", " : "", kc_or(kc_json_str(c, "name"), ""));
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static bool has_container(const json_t *pod, const char *name)
{
    size_t i;
    json_t *c;

    for (size_t l = 0; l < N_LISTS; l++)
        json_array_foreach(kc_json_at(pod, container_lists[l]), i, c)
        {
            if (KC_STREQ(kc_or(kc_json_str(c, "name"), ""), name))
                return true;
        }
    return false;
}

static const char *default_container(const json_t *pod)
{
    const char *annotated = kc_json_map_get(pod, "metadata.annotations", DEFAULT_ANNOTATION);

    if (annotated && has_container(pod, annotated))
        return annotated;
    return kc_or(kc_json_str(json_array_get(kc_json_at(pod, "spec.containers"), 0), "name"), "");
}

static void add(struct kc_log_sources *s, const char *pod, const char *container)
{
    if (s->n == MAX_SOURCES)
        s->left_out++;
    else
        s->v[s->n++] = (struct kc_log_source){.pod = pod, .container = container};
}

static void add_pod(const json_t *pod, const struct kc_log_choice *choice, struct kc_log_sources *s)
{
    const char *name = kc_or(kc_json_str(pod, "metadata.name"), "");
    size_t i;
    json_t *c;

    if (choice->all_containers) {
        for (size_t l = 0; l < N_LISTS; l++)
            json_array_foreach(kc_json_at(pod, container_lists[l]), i, c)
                add(s, name, kc_or(kc_json_str(c, "name"), ""));
    } else if (!choice->container) {
        add(s, name, default_container(pod));
    } else if (has_container(pod, choice->container)) {
        add(s, name, choice->container);
    }
}

struct kc_log_sources kc_log_sources_of(struct kc_arena *a, const json_t *answer, const struct kc_log_choice *choice)
{
    const json_t *items = json_object_get(answer, "items");
    size_t n = items ? json_array_size(items) : answer ? 1 : 0;
    struct candidate *pods = kc_arena_array(a, n, sizeof *pods);
    struct kc_log_sources s = {.v = kc_arena_array(a, MAX_SOURCES, sizeof *s.v), .pods = n, .known = ""};

    for (size_t i = 0; i < n; i++)
        pods[i] = candidate_of(items ? json_array_get(items, i) : answer, i);
    if (n == 0)
        return s;
    if (!choice->all_pods)
        qsort(pods, n, sizeof *pods, by_rank);
    s.first_pod = kc_or(kc_json_str(pods[0].pod, "metadata.name"), "");
    s.known = names_of(a, pods[0].pod);
    for (size_t i = 0; i < (choice->all_pods ? n : 1); i++)
        add_pod(pods[i].pod, choice, &s);
    if (!choice->all_pods && !choice->container && !choice->all_containers && strchr(s.known, ',') && s.n &&
        !kc_json_map_get(pods[0].pod, "metadata.annotations", DEFAULT_ANNOTATION))
        s.defaulted = s.v[0].container;
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
    if (sources->defaulted)
        kc_buf_printf(out, "Defaulted container \"%s\" out of: %s\n", sources->defaulted, sources->known);
    for (size_t i = 0; i < n && i < sources->n; i++)
        put_source(&sources->v[i], &logs[i], prefix, share, out);
    if (sources->left_out)
        kc_buf_printf(out, "... and %zu more containers: narrow it down with --selector\n", sources->left_out);
}
