/* Pods and pod templates, as kubectl describe lays them out: what a person asks first when one does not run. */
#include <stdlib.h>
#include <string.h>

#include "controller/show/parts.h"

/* Fields that are shown when they are there, one row each. */
struct row {
    const char *name, *path;
};

static void put_rows(struct kc_arena *a, const json_t *object, const struct row *rows, size_t n, unsigned level,
                     struct kc_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *v = kc_json_at(object, rows[i].path);
        if (v && !(json_is_string(v) && !*json_string_value(v)))
            kc_describe_field(out, level, rows[i].name, kc_describe_scalar(a, v));
    }
}

static const char *text_of(struct kc_arena *a, const json_t *object, const char *path)
{
    const json_t *v = kc_json_at(object, path);

    return v ? kc_describe_scalar(a, v) : "";
}

static const char *ports_of(struct kc_arena *a, const json_t *container, const char *field)
{
    KC_BUF_SCOPE out = {0};
    size_t i;
    json_t *p;

    json_array_foreach(json_object_get(container, "ports"), i, p)
    {
        const char *name = kc_or(kc_json_str(p, "name"), "");
        kc_buf_printf(&out, "%s%lld/%s%s%s%s", out.len ? ", " : "", (long long)kc_json_int(p, field, 0),
                      kc_or(kc_json_str(p, "protocol"), "TCP"), *name ? " (" : "", name, *name ? ")" : "");
    }
    return kc_arena_strdup(a, out.len ? kc_buf_str(&out) : "<none>");
}

static void put_ports(struct kc_arena *a, const json_t *container, unsigned level, struct kc_buf *out)
{
    bool several = json_array_size(json_object_get(container, "ports")) > 1;

    kc_describe_field(out, level, several ? "Ports" : "Port", ports_of(a, container, "containerPort"));
    kc_describe_field(out, level, several ? "Host Ports" : "Host Port", ports_of(a, container, "hostPort"));
}

static void put_words(struct kc_buf *out, unsigned level, const char *name, const json_t *words)
{
    size_t i;
    json_t *word;

    if (json_array_size(words) == 0)
        return;
    kc_describe_heading(out, level, name);
    json_array_foreach(words, i, word)
    {
        for (const char *s = kc_or(json_string_value(word), ""); s;) {
            KC_BUF_SCOPE line = {0};
            size_t len = strcspn(s, "\n");
            kc_buf_add(&line, s, len);
            kc_buf_printf(out, "%*s", (int)(2 * (level + 1)), "");
            kc_show_cell(out, kc_buf_str(&line));
            kc_buf_putc(out, '\n');
            s = s[len] ? s + len + 1 : NULL;
        }
    }
}

static void put_state(struct kc_arena *a, const char *name, const json_t *state, unsigned level, struct kc_buf *out)
{
    static const struct row details[] = {{"Reason", "reason"}, {"Message", "message"}, {"Exit Code", "exitCode"}};
    const json_t *running = json_object_get(state, "running"), *ended = json_object_get(state, "terminated");

    if (running) {
        kc_describe_field(out, level, name, "Running");
        kc_describe_field(out, level + 1, "Started", kc_describe_time(a, running, "startedAt"));
    } else if (ended) {
        kc_describe_field(out, level, name, "Terminated");
        put_rows(a, ended, details, sizeof details / sizeof details[0], level + 1, out);
        if (kc_json_int(ended, "signal", 0) > 0)
            kc_describe_field(out, level + 1, "Signal", text_of(a, ended, "signal"));
        kc_describe_field(out, level + 1, "Started", kc_describe_time(a, ended, "startedAt"));
        kc_describe_field(out, level + 1, "Finished", kc_describe_time(a, ended, "finishedAt"));
    } else {
        kc_describe_field(out, level, name, "Waiting");
        /* kubectl leaves the message out; it is what tells a wrong image name from a registry that is away. */
        put_rows(a, json_object_get(state, "waiting"), details, 2, level + 1, out);
    }
}

static const json_t *status_of(const json_t *statuses, const char *name)
{
    size_t i;
    json_t *s;

    json_array_foreach(statuses, i, s)
    {
        if (KC_STREQ(kc_or(kc_json_str(s, "name"), ""), name))
            return s;
    }
    return NULL;
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void put_quantities(struct kc_arena *a, const json_t *quantities, const char *name, unsigned level,
                           struct kc_buf *out)
{
    size_t n = 0, size = json_object_size(quantities);
    const char **keys = kc_arena_array(a, size, sizeof *keys), *key;
    json_t *value;

    if (size == 0)
        return;
    json_object_foreach((json_t *)quantities, key, value) keys[n++] = key;
    qsort(keys, n, sizeof *keys, by_text);
    kc_describe_heading(out, level, name);
    for (size_t i = 0; i < n; i++)
        kc_describe_field(out, level + 1, keys[i], text_of(a, json_object_get(quantities, keys[i]), ""));
}

static const char *probe_action(struct kc_arena *a, const json_t *probe)
{
    KC_BUF_SCOPE out = {0};
    size_t i;
    json_t *word;

    if (kc_json_at(probe, "httpGet")) {
        KC_BUF_SCOPE scheme = {0};
        for (const char *p = kc_or(kc_json_str(probe, "httpGet.scheme"), "HTTP"); *p; p++)
            kc_buf_putc(&scheme, (char)(*p | 0x20));
        return kc_arena_printf(a, "http-get %s://%s:%s%s", kc_buf_str(&scheme),
                               kc_or(kc_json_str(probe, "httpGet.host"), ""), text_of(a, probe, "httpGet.port"),
                               kc_or(kc_json_str(probe, "httpGet.path"), ""));
    }
    if (kc_json_at(probe, "tcpSocket"))
        return kc_arena_printf(a, "tcp-socket %s:%s", kc_or(kc_json_str(probe, "tcpSocket.host"), ""),
                               text_of(a, probe, "tcpSocket.port"));
    if (kc_json_at(probe, "grpc"))
        return kc_arena_printf(a, "grpc <pod>:%s %s", text_of(a, probe, "grpc.port"),
                               text_of(a, probe, "grpc.service"));
    json_array_foreach(kc_json_at(probe, "exec.command"), i, word)
        kc_buf_printf(&out, "%s%s", i ? " " : "", kc_or(json_string_value(word), ""));
    return kc_arena_printf(a, "exec [%s]", kc_buf_str(&out));
}

static void put_probes(struct kc_arena *a, const json_t *container, unsigned level, struct kc_buf *out)
{
    static const struct row probes[] = {
        {"Liveness", "livenessProbe"}, {"Readiness", "readinessProbe"}, {"Startup", "startupProbe"}};

    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        const json_t *p = json_object_get(container, probes[i].path);
        if (p)
            kc_describe_field(
                out, level, probes[i].name,
                kc_arena_printf(
                    a, "%s delay=%llds timeout=%llds period=%llds #success=%lld #failure=%lld", probe_action(a, p),
                    (long long)kc_json_int(p, "initialDelaySeconds", 0), (long long)kc_json_int(p, "timeoutSeconds", 0),
                    (long long)kc_json_int(p, "periodSeconds", 0), (long long)kc_json_int(p, "successThreshold", 0),
                    (long long)kc_json_int(p, "failureThreshold", 0)));
    }
}

/* Where the value of a variable comes from; values out of Secrets are never read. */
static const char *source_of(struct kc_arena *a, const json_t *from)
{
    const char *path = kc_json_str(from, "fieldRef.fieldPath"), *of = kc_json_str(from, "resourceFieldRef.resource");
    bool secret = json_object_get(from, "secretKeyRef") != NULL;
    const json_t *ref = json_object_get(from, secret ? "secretKeyRef" : "configMapKeyRef");

    if (path)
        return kc_arena_printf(a, " (%s:%s)", kc_or(kc_json_str(from, "fieldRef.apiVersion"), "v1"), path);
    if (of)
        return kc_arena_printf(a, " (%s)", of);
    return ref ? kc_arena_printf(a, "<set to the key '%s' %s '%s'>", kc_or(kc_json_str(ref, "key"), ""),
                                 secret ? "in secret" : "of config map", kc_or(kc_json_str(ref, "name"), ""))
               : "";
}

/* A variable that a Secret or a ConfigMap sets: whether it may be missing is a column of its own. */
static void put_reference(struct kc_arena *a, const char *name, const json_t *from, unsigned level, struct kc_buf *out)
{
    bool optional = kc_json_bool(from, "secretKeyRef.optional", kc_json_bool(from, "configMapKeyRef.optional", false));

    kc_buf_printf(out, "%*s", (int)(2 * level), "");
    kc_show_cell(out, name);
    kc_buf_puts(out, ":\t");
    kc_show_cell(out, source_of(a, from));
    kc_buf_printf(out, "\tOptional: %s\n", optional ? "true" : "false");
}

static void put_env_from(struct kc_arena *a, const json_t *container, unsigned level, struct kc_buf *out)
{
    const json_t *list = json_object_get(container, "envFrom");
    size_t i;
    json_t *e;

    if (json_array_size(list) == 0)
        return;
    kc_describe_heading(out, level, "Environment Variables from");
    json_array_foreach(list, i, e)
    {
        bool secret = json_object_get(e, "secretRef") != NULL;
        const char *name = kc_json_str(e, secret ? "secretRef.name" : "configMapRef.name");
        bool optional = kc_json_bool(e, secret ? "secretRef.optional" : "configMapRef.optional", false);
        kc_buf_printf(out, "%*s", (int)(2 * (level + 1)), "");
        kc_show_cell(out, kc_arena_printf(a, "%s  %s", kc_or(name, ""), secret ? "Secret" : "ConfigMap"));
        kc_buf_printf(out, "\tOptional: %s\n", optional ? "true" : "false");
    }
}

static void put_environment(struct kc_arena *a, const json_t *container, unsigned level, struct kc_buf *out)
{
    const json_t *env = json_object_get(container, "env");
    size_t i;
    json_t *e;

    put_env_from(a, container, level, out);
    if (json_array_size(env) == 0) {
        kc_describe_field(out, level, "Environment", "<none>");
        return;
    }
    kc_describe_heading(out, level, "Environment");
    json_array_foreach(env, i, e)
    {
        const json_t *from = json_object_get(e, "valueFrom");
        const char *name = kc_or(kc_json_str(e, "name"), "");
        if (json_object_get(from, "secretKeyRef") || json_object_get(from, "configMapKeyRef"))
            put_reference(a, name, from, level + 1, out);
        else
            kc_describe_field(out, level + 1, name, from ? source_of(a, from) : kc_or(kc_json_str(e, "value"), ""));
    }
}

static void put_mounts(struct kc_arena *a, const json_t *container, unsigned level, struct kc_buf *out)
{
    const json_t *mounts = json_object_get(container, "volumeMounts");
    const char **lines = kc_arena_array(a, json_array_size(mounts) + 1, sizeof *lines);
    size_t i;
    json_t *m;

    if (json_array_size(mounts) == 0) {
        kc_describe_field(out, level, "Mounts", "<none>");
        return;
    }
    kc_describe_heading(out, level, "Mounts");
    json_array_foreach(mounts, i, m)
    {
        const char *sub = kc_or(kc_json_str(m, "subPath"), "");
        lines[i] = kc_arena_printf(a, "%s from %s (%s%s%s%s)", kc_or(kc_json_str(m, "mountPath"), ""),
                                   kc_or(kc_json_str(m, "name"), ""), kc_json_bool(m, "readOnly", false) ? "ro" : "rw",
                                   *sub ? ",path=\"" : "", sub, *sub ? "\"" : "");
    }
    qsort(lines, i, sizeof *lines, by_text);
    for (size_t j = 0; j < i; j++) {
        kc_buf_printf(out, "%*s", (int)(2 * (level + 1)), "");
        kc_show_cell(out, lines[j]);
        kc_buf_putc(out, '\n');
    }
}

static void put_container(struct kc_arena *a, const json_t *c, const json_t *status, unsigned level, struct kc_buf *out)
{
    if (status)
        kc_describe_field(out, level, "Container ID", text_of(a, status, "containerID"));
    kc_describe_field(out, level, "Image", text_of(a, c, "image"));
    if (status)
        kc_describe_field(out, level, "Image ID", text_of(a, status, "imageID"));
    put_ports(a, c, level, out);
    put_words(out, level, "Command", json_object_get(c, "command"));
    put_words(out, level, "Args", json_object_get(c, "args"));
    if (status) {
        put_state(a, "State", json_object_get(status, "state"), level, out);
        if (kc_json_at(status, "lastState.terminated"))
            put_state(a, "Last State", json_object_get(status, "lastState"), level, out);
        kc_describe_field(out, level, "Ready", kc_json_bool(status, "ready", false) ? "True" : "False");
        kc_describe_field(out, level, "Restart Count",
                          kc_arena_printf(a, "%lld", (long long)kc_json_int(status, "restartCount", 0)));
    }
    put_quantities(a, kc_json_at(c, "resources.limits"), "Limits", level, out);
    put_quantities(a, kc_json_at(c, "resources.requests"), "Requests", level, out);
    put_probes(a, c, level, out);
    put_environment(a, c, level, out);
    put_mounts(a, c, level, out);
}

void kc_describe_containers(struct kc_arena *a, const char *name, const json_t *containers, const json_t *statuses,
                            unsigned level, struct kc_buf *out)
{
    size_t i;
    json_t *c;

    if (json_array_size(containers) == 0)
        return;
    kc_describe_heading(out, level, name);
    json_array_foreach(containers, i, c)
    {
        const char *its_name = kc_or(kc_json_str(c, "name"), "");
        /* kubectl sets a template's containers one column further in. */
        kc_buf_puts(out, level ? " " : "");
        kc_describe_heading(out, 1, its_name);
        put_container(a, c, status_of(statuses, its_name), 2, out);
    }
}

/* "ConfigMap settings", the one member of a volume that is not its name. */
static const char *volume_kind(struct kc_arena *a, const json_t *volume)
{
    static const struct {
        const char *member, *type, *of;
    } kinds[] = {
        {"configMap", "ConfigMap (a volume populated by a ConfigMap)", "configMap.name"},
        {"secret", "Secret (a volume populated by a Secret)", "secret.secretName"},
        {"emptyDir", "EmptyDir (a temporary directory that shares a pod's lifetime)", NULL},
        {"hostPath", "HostPath (bare host directory volume)", "hostPath.path"},
        {"persistentVolumeClaim",
         "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
         "persistentVolumeClaim.claimName"},
        {"projected", "Projected (a volume that contains injected data from multiple sources)", NULL},
        {"downwardAPI", "DownwardAPI (a volume populated by information about the pod)", NULL},
    };
    const char *member;
    json_t *value;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (json_object_get(volume, kinds[i].member))
            return kinds[i].of ? kc_arena_printf(a, "%s\n%s", kinds[i].type, text_of(a, volume, kinds[i].of))
                               : kinds[i].type;
    json_object_foreach((json_t *)volume, member, value) if (!KC_STREQ(member, "name")) return member;
    return "";
}

void kc_describe_volumes(struct kc_arena *a, const json_t *volumes, unsigned level, struct kc_buf *out)
{
    size_t i;
    json_t *v;

    if (json_array_size(volumes) == 0) {
        kc_describe_field(out, level, "Volumes", "<none>");
        return;
    }
    kc_describe_heading(out, level, "Volumes");
    json_array_foreach(volumes, i, v)
    {
        const char *kind = volume_kind(a, v);
        size_t len = strcspn(kind, "\n");
        kc_buf_puts(out, level ? " " : "");
        kc_describe_heading(out, 1, kc_or(kc_json_str(v, "name"), ""));
        kc_describe_field(out, 2, "Type", kc_arena_strndup(a, kind, len));
        if (kind[len])
            kc_describe_field(out, 2, "Of", kind + len + 1);
    }
}

static void put_tolerations(struct kc_arena *a, const json_t *list, unsigned level, struct kc_buf *out)
{
    KC_BUF_SCOPE text = {0};
    size_t i;
    json_t *t;

    json_array_foreach(list, i, t)
    {
        const char *key = kc_or(kc_json_str(t, "key"), ""), *value = kc_or(kc_json_str(t, "value"), "");
        const char *effect = kc_or(kc_json_str(t, "effect"), "");
        const json_t *seconds = json_object_get(t, "tolerationSeconds");
        kc_buf_printf(&text, "%s%s%s%s%s%s%s", i ? "\n" : "", key, *value ? "=" : "", value, *effect ? ":" : "", effect,
                      KC_STREQ(kc_or(kc_json_str(t, "operator"), ""), "Exists") && !*value
                          ? (*key || *effect ? " op=Exists" : "op=Exists")
                          : "");
        if (seconds)
            kc_buf_printf(&text, " for %llds", (long long)json_integer_value(seconds));
    }
    (void)a;
    kc_describe_field(out, level, "Tolerations", text.len ? kc_buf_str(&text) : "<none>");
}

static void put_ips(const json_t *pod, struct kc_buf *out)
{
    const json_t *ips = kc_json_at(pod, "status.podIPs");
    size_t i;
    json_t *ip;

    if (json_array_size(ips) == 0) {
        kc_describe_field(out, 0, "IPs", "<none>");
        return;
    }
    kc_describe_heading(out, 0, "IPs");
    json_array_foreach(ips, i, ip) kc_describe_field(out, 1, "IP", kc_or(kc_json_str(ip, "ip"), ""));
}

void kc_show_pod(struct kc_arena *a, const json_t *pod, int64_t now, struct kc_buf *out)
{
    static const struct row before[] = {{"Priority", "spec.priority"},
                                        {"Priority Class Name", "spec.priorityClassName"},
                                        {"Runtime Class Name", "spec.runtimeClassName"},
                                        {"Service Account", "spec.serviceAccountName"}};
    static const struct row after[] = {{"Reason", "status.reason"}, {"Message", "status.message"}};
    const char *node = kc_json_str(pod, "spec.nodeName"), *owner = kc_describe_controller(a, pod);
    char age[16];

    kc_describe_field(out, 0, "Name", kc_or(kc_json_str(pod, "metadata.name"), ""));
    kc_describe_field(out, 0, "Namespace", kc_or(kc_json_str(pod, "metadata.namespace"), ""));
    put_rows(a, pod, before, sizeof before / sizeof before[0], 0, out);
    kc_describe_field(out, 0, "Node",
                      node ? kc_arena_printf(a, "%s/%s", node, kc_or(kc_json_str(pod, "status.hostIP"), ""))
                           : "<none>");
    if (kc_json_str(pod, "status.startTime"))
        kc_describe_field(out, 0, "Start Time", kc_describe_time(a, pod, "status.startTime"));
    kc_describe_map(out, 0, "Labels", kc_json_at(pod, "metadata.labels"), "=");
    kc_describe_map(out, 0, "Annotations", kc_json_at(pod, "metadata.annotations"), ": ");
    if (kc_json_str(pod, "metadata.deletionTimestamp"))
        kc_describe_field(out, 0, "Status",
                          kc_arena_printf(a, "Terminating (lasts %s)",
                                          kc_show_age(age, kc_json_str(pod, "metadata.deletionTimestamp"), now)));
    else
        kc_describe_field(out, 0, "Status", kc_or(kc_json_str(pod, "status.phase"), ""));
    put_rows(a, pod, after, sizeof after / sizeof after[0], 0, out);
    kc_describe_field(out, 0, "IP", kc_or(kc_json_str(pod, "status.podIP"), ""));
    put_ips(pod, out);
    if (owner)
        kc_describe_field(out, 0, "Controlled By", owner);
    kc_describe_containers(a, "Init Containers", kc_json_at(pod, "spec.initContainers"),
                           kc_json_at(pod, "status.initContainerStatuses"), 0, out);
    kc_describe_containers(a, "Containers", kc_json_at(pod, "spec.containers"),
                           kc_json_at(pod, "status.containerStatuses"), 0, out);
    kc_describe_conditions(a, kc_json_at(pod, "status.conditions"), false, out);
    kc_describe_volumes(a, kc_json_at(pod, "spec.volumes"), 0, out);
    kc_describe_field(out, 0, "QoS Class", kc_or(kc_json_str(pod, "status.qosClass"), ""));
    kc_describe_map(out, 0, "Node-Selectors", kc_json_at(pod, "spec.nodeSelector"), "=");
    put_tolerations(a, kc_json_at(pod, "spec.tolerations"), 0, out);
}

void kc_show_pod_template(struct kc_arena *a, const json_t *template, struct kc_buf *out)
{
    const char *account = kc_json_str(template, "spec.serviceAccountName");
    const json_t *annotations = kc_json_at(template, "metadata.annotations");

    kc_buf_puts(out, "Pod Template:\n");
    kc_describe_map(out, 1, "Labels", kc_json_at(template, "metadata.labels"), "=");
    if (json_object_size(annotations))
        kc_describe_map(out, 1, "Annotations", annotations, ": ");
    if (account && *account)
        kc_describe_field(out, 1, "Service Account", account);
    kc_describe_containers(a, "Init Containers", kc_json_at(template, "spec.initContainers"), NULL, 1, out);
    kc_describe_containers(a, "Containers", kc_json_at(template, "spec.containers"), NULL, 1, out);
    kc_describe_volumes(a, kc_json_at(template, "spec.volumes"), 1, out);
    if (kc_json_str(template, "spec.priorityClassName"))
        kc_describe_field(out, 1, "Priority Class Name", kc_json_str(template, "spec.priorityClassName"));
    kc_describe_map(out, 1, "Node-Selectors", kc_json_at(template, "spec.nodeSelector"), "=");
    put_tolerations(a, kc_json_at(template, "spec.tolerations"), 1, out);
}
