#include "controller/runtime/probes.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/metrics.h"
#include "controller/base/text.h"

#define MAX_CHECKS 32

struct check {
    const char *name;
    unsigned kinds;
    kc_probe_fn fn;
    void *arg;
};

struct endpoint {
    const char *path;
    enum kc_probe_kind kind;
    unsigned shown; /* further kinds */
    int failed_status;
};

static const struct endpoint endpoints[] = {
    {"/healthz", KC_PROBE_LIVE, 0, 500},
    {"/livez", KC_PROBE_LIVE, 0, 500},
    {"/readyz", KC_PROBE_READY, KC_PROBE_TOLD, 503},
};
#define N_ENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

/* What the server hands to the handler of one endpoint. */
struct served {
    struct kc_probes *probes;
    const struct endpoint *endpoint;
};

struct kc_probes {
    struct served served[N_ENDPOINTS];
    struct check checks[MAX_CHECKS];
    size_t n_checks;
};

/* True when the query holds the parameter name, or name=value if value is given. */
static bool query_has(const char *query, const char *name, const char *value)
{
    size_t name_len = strlen(name), value_len = value ? strlen(value) : 0;

    while (*query) {
        size_t len = strcspn(query, "&");
        size_t used = len < name_len || strncmp(query, name, name_len) != 0 ? 0 : name_len;
        if (used && !value && (len == used || query[used] == '='))
            return true;
        if (used && value && len == used + 1 + value_len && query[used] == '=' &&
            strncmp(query + used + 1, value, value_len) == 0)
            return true;
        query += len + (query[len] == '&');
    }
    return false;
}

static bool is_read(const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    res->content_type = "text/plain; charset=utf-8";
    if (KC_STREQ(req->method, "GET") || KC_STREQ(req->method, "HEAD"))
        return true;
    res->status = 405;
    kc_buf_printf(&res->body, "%s is not allowed on %s: use GET\n", req->method, req->path);
    return false;
}

static void serve_checks(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    const struct served *s = arg;
    const struct endpoint *e = s->endpoint;
    bool passed = true;

    if (!is_read(req, res))
        return;
    kc_buf_puts(&res->body, "[+]ping ok\n");
    for (size_t i = 0; i < s->probes->n_checks; i++) {
        const struct check *c = &s->probes->checks[i];
        struct kc_err err = {0};
        if (!(c->kinds & (e->kind | e->shown)))
            continue;
        if (query_has(req->query, "exclude", c->name)) {
            kc_buf_printf(&res->body, "[+]%s excluded: ok\n", c->name);
        } else if (c->fn(c->arg, &err)) {
            kc_buf_printf(&res->body, "[+]%s ok\n", c->name);
        } else if (!(c->kinds & e->kind)) {
            kc_buf_printf(&res->body, "[~]%s: %s\n", c->name, err.message);
        } else {
            kc_buf_printf(&res->body, "[-]%s failed: %s\n", c->name, err.message);
            passed = false;
        }
    }
    if (!passed) {
        res->status = e->failed_status;
        kc_buf_printf(&res->body, "%s check failed\n", e->path + 1);
    } else if (query_has(req->query, "verbose", NULL)) {
        kc_buf_printf(&res->body, "%s check passed\n", e->path + 1);
    } else {
        kc_buf_clear(&res->body);
        kc_buf_puts(&res->body, "ok");
    }
}

static void serve_metrics(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    (void)arg;
    if (!is_read(req, res))
        return;
    res->content_type = "text/plain; version=0.0.4; charset=utf-8";
    kc_metrics_render(&res->body);
    kc_metrics_render_process(&res->body);
}

struct kc_probes *kc_probes_create(struct kc_httpd *s)
{
    struct kc_probes *p = calloc(1, sizeof(*p));

    if (!p)
        abort();
    for (size_t i = 0; i < N_ENDPOINTS; i++) {
        p->served[i] = (struct served){p, &endpoints[i]};
        kc_httpd_handle(s, endpoints[i].path, serve_checks, &p->served[i]);
    }
    kc_httpd_handle(s, "/metrics", serve_metrics, p);
    return p;
}

struct kc_probes *kc_probes_destroy(struct kc_probes *p)
{
    free(p);
    return NULL;
}

void kc_probes_add(struct kc_probes *p, const char *name, unsigned kinds, kc_probe_fn fn, void *arg)
{
    if (p->n_checks == MAX_CHECKS)
        abort();
    p->checks[p->n_checks++] = (struct check){name, kinds, fn, arg};
}
