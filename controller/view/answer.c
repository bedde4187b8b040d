#include "controller/view/answer.h"

#include <stdlib.h>
#include <string.h>

#include "controller/view/documents.h"

#define OUTPUTS_PREFIX "/apis/" KC_VIEW_GROUP "/" KC_VIEW_VERSION "/"
#define MAX_HEADERS    128

static void put_json(json_t *v, struct kc_buf *out)
{
    char *text = json_dumps(v, JSON_COMPACT);

    kc_buf_puts(out, text ? text : "{}");
    kc_buf_putc(out, '\n');
    free(text);
    json_decref(v);
}

void kc_view_refuse(const struct kc_err *e, struct kc_httpd_response *res)
{
    res->status = kc_view_http_status(e);
    put_json(kc_view_status(e, res->status), &res->body);
}

static bool refuse(struct kc_httpd_response *res, enum kc_class class, int status, const char *message)
{
    struct kc_err e = {0};

    kc_fail(&e, class, "Refused", "%s", message);
    e.http_status = status;
    kc_view_refuse(&e, res);
    return false;
}

void kc_view_give(const struct kc_output *o, enum kc_view_format format, struct kc_httpd_response *res)
{
    switch (format) {
    case KC_VIEW_TEXT:
        res->content_type = "text/plain; charset=utf-8";
        kc_output_text(o, &res->body);
        return;
    case KC_VIEW_TABLE:
        put_json(kc_output_table(o), &res->body);
        return;
    case KC_VIEW_JSON:
        put_json(kc_output_encode(o), &res->body);
        return;
    }
}

struct collected {
    struct kc_arena *a;
    struct kc_header v[MAX_HEADERS];
    size_t n, seen;
};

static void collect(void *arg, const char *name, const char *value)
{
    struct collected *c = arg;

    c->seen++;
    if (c->n < MAX_HEADERS)
        c->v[c->n++] = (struct kc_header){.name = name, .value = value};
}

static bool identify(struct kc_arena *a, const struct kc_httpd_request *req, const struct kc_frontproxy *proxy,
                     struct kc_identity *ret, struct kc_err *err)
{
    struct collected *c = kc_arena_alloc(a, sizeof *c);

    if (!proxy)
        return kc_fail(err, KC_UNAVAILABLE, "NotReady", "it is not known yet whom to believe: try again");
    kc_httpd_each_header(req, collect, c);
    if (c->seen > c->n)
        return kc_fail(err, KC_INVALID, "TooManyHeaders", "the call has %zu headers, at most %d are taken", c->seen,
                       MAX_HEADERS);
    return kc_frontproxy_identity(a, proxy, kc_httpd_peer_name(req, a), c->v, c->n, ret, err);
}

static enum kc_view_format format_of(const struct kc_httpd_request *req)
{
    const char *accept = kc_httpd_header(req, "Accept"), *query = req->query;

    accept = accept ? accept : "";
    if (kc_str_starts(query, "format=text") || strstr(query, "&format=text") || kc_str_starts(accept, "text/plain"))
        return KC_VIEW_TEXT;
    return strstr(accept, "as=Table;v=v1;g=meta.k8s.io") ? KC_VIEW_TABLE : KC_VIEW_JSON;
}

/* One segment of a path; NULL: there is no more. */
static const char *segment(struct kc_arena *a, const char **rest)
{
    size_t len = strcspn(*rest, "/");
    const char *out = len ? kc_arena_strndup(a, *rest, len) : NULL;

    *rest += len + ((*rest)[len] == '/');
    return out;
}

/* "namespaces/NS/outputs/NAME"; *ret_list: the same without a name, or in all namespaces. */
static bool parse_path(struct kc_arena *a, const char *path, struct kc_view_look *ret, bool *ret_list)
{
    const char *rest = path, *first = segment(a, &rest), *ns = segment(a, &rest), *resource = segment(a, &rest);

    *ret_list = first && KC_STREQ(first, KC_VIEW_RESOURCE) && !ns;
    if (!first || !KC_STREQ(first, "namespaces") || !ns || !resource || !KC_STREQ(resource, KC_VIEW_RESOURCE))
        return false;
    ret->ns = ns;
    ret->name = segment(a, &rest);
    *ret_list = !ret->name;
    return ret->name && !*rest && kc_dns_label_valid(ns) && kc_dns_subdomain_valid(ret->name);
}

static bool no_such_path(struct kc_httpd_response *res)
{
    return refuse(res, KC_NOT_FOUND, 404, "the server could not find the requested resource");
}

static bool give_document(const struct kc_httpd_request *req, struct kc_httpd_response *res)
{
    const char *accept = kc_httpd_header(req, "Accept");
    json_t *document = kc_view_document(req->path, accept ? accept : "", &res->content_type);

    if (!document)
        return no_such_path(res);
    put_json(document, &res->body);
    return false;
}

static bool is_health(const char *path)
{
    return KC_STREQ(path, "/healthz") || KC_STREQ(path, "/livez") || KC_STREQ(path, "/readyz");
}

bool kc_view_parse(struct kc_arena *a, const struct kc_httpd_request *req, const struct kc_frontproxy *proxy,
                   struct kc_view_look *ret, struct kc_httpd_response *res)
{
    struct kc_view_look look = {.format = format_of(req)};
    struct kc_err err = {0};
    bool list;

    if (!identify(a, req, proxy, &look.who, &err)) {
        kc_view_refuse(&err, res);
        return false;
    }
    if (is_health(req->path)) {
        res->content_type = "text/plain; charset=utf-8";
        kc_buf_puts(&res->body, "ok\n");
        return false;
    }
    bool reads = KC_STREQ(req->method, "GET") || KC_STREQ(req->method, "HEAD");
    if (!kc_str_starts(req->path, OUTPUTS_PREFIX) || !req->path[strlen(OUTPUTS_PREFIX)])
        return reads ? give_document(req, res)
                     : refuse(res, KC_INVALID, 405, "the server does not allow this method on the requested resource");
    bool named = parse_path(a, req->path + strlen(OUTPUTS_PREFIX), &look, &list);
    if (list)
        return refuse(res, KC_INVALID, 405,
                      "outputs are made when one is looked at, so they cannot be listed or watched: kubectl get "
                      "chatrequests lists the requests");
    if (!named)
        return no_such_path(res);
    if (!reads)
        return refuse(res, KC_INVALID, 405, "an output can only be read");
    *ret = look;
    return true;
}
