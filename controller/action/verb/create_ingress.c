/* kubectl create ingress NAME --rule=HOST/PATH=SERVICE:PORT[,tls[=SECRET]] --default-backend=SERVICE:PORT */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "rule", .kind = KC_FLAG_LIST},
    {.name = "default-backend", .kind = KC_FLAG_STRING},
    {.name = "class", .kind = KC_FLAG_STRING},
    {.name = "annotation", .kind = KC_FLAG_LIST},
    {.name = NULL},
};

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* One --rule taken apart. */
struct rule {
    const char *host, *path, *service, *port;
    const char *secret; /* NULL: no TLS; "": without a name */
};

static bool is_word(const char *s)
{
    return *s && !s[strspn(s, WORD)];
}

/* SERVICE:PORT; "" and "" otherwise. */
static bool read_backend(struct kc_arena *a, const char *text, const char **ret_service, const char **ret_port)
{
    const char *colon = strchr(text, ':');
    *ret_service = kc_arena_strndup(a, text, colon ? (size_t)(colon - text) : 0);
    *ret_port = colon ? colon + 1 : "";
    return is_word(*ret_service) && is_word(*ret_port);
}

static bool read_tls(const char *text, const char **ret)
{
    if (!kc_str_starts(text, "tls"))
        return false;
    *ret = text[3] == '=' ? text + 4 : "";
    return !text[3] || (text[3] == '=' && (!text[4] || is_word(text + 4)));
}

/* A path with "=" in it is cut by kubectl itself: it is refused here. */
static bool read_rule(struct kc_arena *a, const char *text, struct rule *ret)
{
    const char *comma = strchr(text, ',');
    const char *main = kc_arena_strndup(a, text, comma ? (size_t)(comma - text) : strlen(text));
    const char *slash = strchr(main, '/'), *equals = strchr(main, '=');
    *ret = (struct rule){0};
    if (!slash || !equals || equals < slash || (comma && !read_tls(comma + 1, &ret->secret)))
        return false;
    ret->host = kc_arena_strndup(a, main, (size_t)(slash - main));
    ret->path = kc_arena_strndup(a, slash, (size_t)(equals - slash));
    return !ret->host[strspn(ret->host, WORD ".*")] && read_backend(a, equals + 1, &ret->service, &ret->port);
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    struct kc_strs rules = kc_action_list(a, act, "rule", false);
    struct kc_strs annotations = kc_action_list(a, act, "annotation", false);
    const char *backend = kc_action_flag(act, "default-backend"), *service, *port, *value;
    struct rule rule;
    if (!rules.n && !backend)
        return kc_fail(err, KC_INVALID, "MissingFlag",
                       "kubectl create ingress: --rule or --default-backend is missing");
    for (size_t i = 0; i < rules.n; i++)
        if (!read_rule(a, rules.v[i], &rule))
            return kc_fail(err, KC_INVALID, "BadFlag",
                           "--rule=%.128s: expected HOST/PATH=SERVICE:PORT, ,tls or ,tls=SECRET behind it", rules.v[i]);
    if (backend && !read_backend(a, backend, &service, &port))
        return kc_fail(err, KC_INVALID, "BadFlag", "--default-backend=%.64s: expected SERVICE:PORT", backend);
    for (size_t i = 0; i < annotations.n; i++)
        if (!kc_split_pair(a, annotations.v[i], &value))
            return kc_fail(err, KC_INVALID, "BadFlag", "--annotation=%.64s: expected KEY=VALUE", annotations.v[i]);
    return kc_new_name(act, err);
}

static json_t *backend_json(const char *service, const char *port)
{
    int64_t n;
    bool number = kc_parse_int(port, 0, INT32_MAX, &n);
    json_t *to = number ? json_pack("{s:I}", "number", (json_int_t)n) : json_pack("{s:s}", "name", port);
    return json_pack("{s:{s:s, s:o}}", "service", "name", service, "port", to);
}

/* A * at the end makes it a prefix. */
static json_t *path_json(struct kc_arena *a, const struct rule *r)
{
    size_t len = strlen(r->path);
    bool prefix = r->path[len - 1] == '*';
    return json_pack("{s:s, s:s, s:o}", "path", kc_arena_strndup(a, r->path, len - prefix), "pathType",
                     prefix ? "Prefix" : "Exact", "backend", backend_json(r->service, r->port));
}

/* The row of the list whose member has that value; without the member, that of "". */
static json_t *row_with(const json_t *list, const char *member, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (KC_STREQ(kc_or(kc_json_str(json_array_get(list, i), member), ""), value))
            return json_array_get(list, i);
    return NULL;
}

static void add_rule(struct kc_arena *a, json_t *rules, const struct rule *r)
{
    json_t *row = row_with(rules, "host", r->host);
    if (row) {
        json_array_append_new(kc_json_at(row, "http.paths"), path_json(a, r));
        return;
    }
    row = json_pack("{s:{s:[o]}}", "http", "paths", path_json(a, r));
    if (*r->host)
        json_object_set_new(row, "host", json_string(r->host));
    json_array_append_new(rules, row);
}

/* A host is listed once, with the secret that it was first named with. */
static void add_tls(json_t *tls, struct kc_strs *hosts, const struct rule *r)
{
    if (!r->secret || kc_strs_has(hosts, r->host))
        return;
    hosts->v[hosts->n++] = r->host;
    json_t *row = row_with(tls, "secretName", r->secret);
    if (!row && !*r->host && !*r->secret)
        return;
    if (!row) {
        row = json_object();
        if (*r->secret)
            json_object_set_new(row, "secretName", json_string(r->secret));
        if (*r->host)
            json_object_set_new(row, "hosts", json_array());
        json_array_append_new(tls, row);
    } else if (!json_object_get(row, "hosts")) {
        json_object_set_new(row, "hosts", json_array());
    }
    if (json_object_get(row, "hosts"))
        json_array_append_new(json_object_get(row, "hosts"), json_string(r->host));
}

static void put_list(json_t *spec, const char *name, json_t *list)
{
    if (json_array_size(list))
        json_object_set(spec, name, list);
    json_decref(list);
}

static json_t *spec_of(struct kc_arena *a, const struct kc_action *act)
{
    const char *backend = kc_action_flag(act, "default-backend"), *class = kc_action_flag(act, "class"), *service,
               *port;
    struct kc_strs all = kc_action_list(a, act, "rule", false);
    struct kc_strs hosts = {.v = kc_arena_array(a, all.n + 1, sizeof *hosts.v)};
    json_t *spec = json_object(), *rules = json_array(), *tls = json_array();
    struct rule rule;
    for (size_t i = 0; i < all.n; i++)
        if (read_rule(a, all.v[i], &rule)) {
            add_rule(a, rules, &rule);
            add_tls(tls, &hosts, &rule);
        }
    put_list(spec, "rules", rules);
    put_list(spec, "tls", tls);
    if (class)
        json_object_set_new(spec, "ingressClassName", json_string(class));
    if (backend && read_backend(a, backend, &service, &port))
        json_object_set_new(spec, "defaultBackend", backend_json(service, port));
    return spec;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    struct kc_strs annotations = kc_action_list(a, act, "annotation", false);
    json_t *body = json_pack("{s:o}", "spec", spec_of(a, act)), *all = json_object();
    (void)seen, (void)err;
    for (size_t i = 0; i < annotations.n; i++) {
        const char *value = "", *key = kc_split_pair(a, annotations.v[i], &value);
        json_object_set_new(all, kc_or(key, ""), json_string(value));
    }
    if (annotations.n)
        json_object_set_new(body, "metadata", json_pack("{s:O}", "annotations", all));
    json_decref(all);
    *ret = kc_create_object(a, act, KC_STRICT, body);
    return true;
}

const struct kc_verb kc_verb_create_ingress = {
    KC_CREATES,     .name = "create ingress", .aliases = "|create ing|", .type = "ingresses.networking.k8s.io",
    .flags = flags, .validate = validate,     .change = change,
};
