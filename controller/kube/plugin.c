#include "controller/kube/plugin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/kube/process.h"

enum { PLUGIN_TIMEOUT_MS = 30000, OUTPUT_MAX = 1 << 20 };

static bool is_known_version(const char *v)
{
    return KC_STREQ(v, "client.authentication.k8s.io/v1") || KC_STREQ(v, "client.authentication.k8s.io/v1beta1");
}

static bool fail(const char *where, struct kc_err *err, const char *text)
{
    return kc_fail(err, KC_INVALID, "Kubeconfig", "%s%s", where, text);
}

/* The ExecCredential that the plugin finds in KUBERNETES_EXEC_INFO. */
static bool exec_info(struct kc_arena *a, const char *api_version, bool with_cluster,
                      const struct kc_kubeconfig_entry *cluster, const char **ret, struct kc_err *err)
{
    static const struct {
        const char *from, *to;
    } fields[] = {{"server", "server"}, {"tls-server-name", "tls-server-name"}, {"proxy-url", "proxy-url"}};
    KC_JSON_SCOPE *info =
        json_pack("{s:s, s:s, s:{s:b}}", "kind", "ExecCredential", "apiVersion", api_version, "spec", "interactive", 0);
    if (with_cluster) {
        json_t *out = json_object();
        const char *ca, *value;
        bool insecure;
        json_object_set_new(json_object_get(info, "spec"), "cluster", out);
        if (!kc_kubeconfig_pem(a, cluster, "certificate-authority", &ca, err) ||
            !kc_kubeconfig_bool(cluster, "insecure-skip-tls-verify", &insecure, err))
            return false;
        if (ca)
            json_object_set_new(out, "certificate-authority-data", json_string(kc_base64(a, ca, strlen(ca))));
        if (insecure)
            json_object_set_new(out, "insecure-skip-tls-verify", json_true());
        for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
            if (!kc_kubeconfig_str(cluster, fields[i].from, &value, err))
                return false;
            if (*value)
                json_object_set_new(out, fields[i].to, json_string(value));
        }
        size_t i;
        json_t *extension;
        json_array_foreach(json_object_get(cluster->object, "extensions"), i, extension)
        {
            const char *name = kc_json_str(extension, "name");
            if (name && KC_STREQ(name, "client.authentication.k8s.io/exec"))
                json_object_set(out, "config", json_object_get(extension, "extension"));
        }
    }
    char *text = json_dumps(info, JSON_COMPACT);
    if (!text)
        abort();
    *ret = kc_arena_printf(a, "KUBERNETES_EXEC_INFO=%s", text);
    free(text);
    return true;
}

static bool read_env(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *info, struct kc_plugin *p,
                     struct kc_err *err)
{
    const json_t *list = json_object_get(e->object, "env");
    size_t i, n = 0;
    json_t *item;
    if (list && !json_is_array(list) && !json_is_null(list))
        return fail(e->where, err, ".env: a list is needed");
    const char **env = kc_arena_array(a, json_array_size(list) + 2, sizeof(*env));
    json_array_foreach(list, i, item)
    {
        const char *name = kc_json_str(item, "name"), *value = kc_json_str(item, "value");
        if (!name || !*name || strchr(name, '=') || !value)
            return kc_fail(err, KC_INVALID, "Kubeconfig", "%s.env[%zu]: a name and a value, both strings, are needed",
                           e->where, i);
        env[n++] = kc_arena_printf(a, "%s=%s", name, value);
    }
    env[n] = info;
    p->env = env;
    return true;
}

static bool read_argv(struct kc_arena *a, const struct kc_kubeconfig_entry *e, struct kc_plugin *p, struct kc_err *err)
{
    struct kc_strs args;
    if (!kc_kubeconfig_strs(a, e, "args", &args, err))
        return false;
    const char **argv = kc_arena_array(a, args.n + 2, sizeof(*argv));
    argv[0] = p->command;
    for (size_t i = 0; i < args.n; i++)
        argv[i + 1] = args.v[i];
    p->argv = argv;
    return true;
}

bool kc_plugin_read(struct kc_arena *a, const struct kc_kubeconfig_entry *user,
                    const struct kc_kubeconfig_entry *cluster, struct kc_plugin **ret, struct kc_err *err)
{
    const json_t *object = json_object_get(user->object, "exec");
    struct kc_kubeconfig_entry e = {object, user->dir, kc_arena_printf(a, "%s.exec", user->where)};
    const char *mode, *command, *info;
    bool with_cluster;
    *ret = NULL;
    if (!object || json_is_null(object))
        return true;
    if (!json_is_object(object))
        return fail(e.where, err, ": a mapping is needed");
    struct kc_plugin *p = kc_arena_alloc(a, sizeof(*p));
    if (!kc_kubeconfig_str(&e, "command", &command, err) ||
        !kc_kubeconfig_str(&e, "apiVersion", &p->api_version, err) ||
        !kc_kubeconfig_str(&e, "installHint", &p->install_hint, err) ||
        !kc_kubeconfig_str(&e, "interactiveMode", &mode, err) ||
        !kc_kubeconfig_bool(&e, "provideClusterInfo", &with_cluster, err))
        return false;
    if (!*command)
        return fail(e.where, err, ".command: is needed");
    if (!is_known_version(p->api_version))
        return fail(
            e.where, err,
            ".apiVersion: client.authentication.k8s.io/v1 is needed (v1beta1 works too); update the plugin's entry");
    if (KC_STREQ(mode, "Always"))
        return fail(e.where, err, ".interactiveMode: Always needs a terminal, which the plugin does not get here");
    /* As in client-go: only a command with a slash is a path, relative to its file. */
    p->command = kc_arena_strdup(a, strchr(command, '/') ? kc_kubeconfig_path(a, &e, command) : command);
    p->where = e.where;
    p->api_version = kc_arena_strdup(a, p->api_version);
    p->install_hint = kc_arena_strdup(a, p->install_hint);
    if (!exec_info(a, p->api_version, with_cluster, cluster, &info, err) || !read_env(a, &e, info, p, err) ||
        !read_argv(a, &e, p, err))
        return false;
    *ret = p;
    return true;
}

/* Ours, without the names that the plugin's own list has. */
static const char *const *whole_env(struct kc_arena *a, const char *const *own)
{
    size_t n = 0, used = 0;
    while (environ[n])
        n++;
    for (size_t i = 0; own[i]; i++)
        n++;
    const char **env = kc_arena_array(a, n + 1, sizeof(*env));
    for (size_t i = 0; environ[i]; i++) {
        size_t name = strcspn(environ[i], "=") + 1;
        bool replaced = false;
        for (size_t j = 0; own[j] && !replaced; j++)
            replaced = strncmp(environ[i], own[j], name) == 0;
        if (!replaced)
            env[used++] = environ[i];
    }
    for (size_t i = 0; own[i]; i++)
        env[used++] = own[i];
    return env;
}

bool kc_plugin_parse(const struct kc_plugin *p, const char *bytes, size_t len, struct kc_arena *a,
                     struct kc_plugin_credential *ret, struct kc_err *err)
{
    struct kc_err detail = {0}; /* never passed on: it might quote a token */
    const json_t *root = kc_json_parse_in(a, bytes, len, OUTPUT_MAX, "output", &detail);
    if (!root)
        return fail(p->where, err, ": the plugin printed no JSON");
    const char *kind = kc_json_str(root, "kind"), *version = kc_json_str(root, "apiVersion");
    if (!kind || !KC_STREQ(kind, "ExecCredential") || !version || !KC_STREQ(version, p->api_version))
        return kc_fail(err, KC_INVALID, "Kubeconfig", "%s: the plugin must print an ExecCredential of %s", p->where,
                       p->api_version);
    const char *expires = kc_json_str(root, "status.expirationTimestamp");
    *ret = (struct kc_plugin_credential){.token = kc_or(kc_json_str(root, "status.token"), ""),
                                         .cert_pem = kc_or(kc_json_str(root, "status.clientCertificateData"), NULL),
                                         .key_pem = kc_or(kc_json_str(root, "status.clientKeyData"), NULL)};
    if (!*ret->token && !ret->cert_pem)
        return fail(p->where, err, ": the plugin gave neither a token nor a client certificate");
    if (!ret->cert_pem != !ret->key_pem)
        return fail(p->where, err,
                    ": the plugin gave a client certificate without its key, or a key without certificate");
    if (expires && !kc_time_parse(expires, &ret->expires_unix_ms, &detail))
        return fail(p->where, err, ": the plugin's expirationTimestamp is no RFC 3339 time");
    return true;
}

bool kc_plugin_run(const struct kc_plugin *p, struct kc_arena *a, struct kc_plugin_credential *ret, struct kc_err *err)
{
    KC_BUF_SCOPE out = {.limit = OUTPUT_MAX};
    const struct kc_process process = {.argv = p->argv, .env = whole_env(a, p->env), .timeout_ms = PLUGIN_TIMEOUT_MS};
    if (!kc_process_run(&process, &out, err)) {
        kc_wrap(err, "%s", p->where);
        if (err && *p->install_hint && err->class == KC_NOT_FOUND) {
            struct kc_err first = *err;
            kc_fail(err, first.class, first.reason, "%s. %s", first.message, p->install_hint);
        }
        return false;
    }
    bool fine = kc_plugin_parse(p, kc_buf_str(&out), out.len, a, ret, err);
    if (out.data)
        explicit_bzero(out.data, out.len);
    return fine;
}
