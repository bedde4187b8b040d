/* kubectl rollout status and history of Deployments, StatefulSets and DaemonSets. */
#include <stdlib.h>
#include <string.h>

#include "controller/show/parts.h"
#include "controller/show/tabs.h"

#define REVISION_ANNOTATION "deployment.kubernetes.io/revision"
#define CAUSE_ANNOTATION    "kubernetes.io/change-cause"

static int64_t revision_of(const json_t *object)
{
    const char *text = kc_json_map_get(object, "metadata.annotations", REVISION_ANNOTATION);
    int64_t n = kc_json_int(object, "revision", 0); /* of a ControllerRevision */

    return text && kc_parse_int(text, 1, INT64_MAX, &n) ? n : kc_json_int(object, "revision", 0);
}

static bool observed(const json_t *object)
{
    int64_t seen = kc_json_int(object, "status.observedGeneration", 0);

    return seen && seen >= kc_json_int(object, "metadata.generation", 0);
}

static const json_t *condition(const json_t *object, const char *type)
{
    size_t i;
    json_t *c;

    json_array_foreach(kc_json_at(object, "status.conditions"), i, c)
    {
        if (KC_STREQ(kc_or(kc_json_str(c, "type"), ""), type))
            return c;
    }
    return NULL;
}

static bool deployment(const json_t *d, const char *name, int64_t revision, struct kc_buf *out, struct kc_err *err)
{
    int64_t desired = kc_json_int(d, "spec.replicas", 1), total = kc_json_int(d, "status.replicas", 0);
    int64_t updated = kc_json_int(d, "status.updatedReplicas", 0);
    int64_t available = kc_json_int(d, "status.availableReplicas", 0);

    if (revision > 0 && revision != revision_of(d))
        return kc_fail(err, KC_INVALID, "OtherRevision",
                       "desired revision (%lld) is different from the running revision (%lld)", (long long)revision,
                       (long long)revision_of(d));
    if (!observed(d)) {
        kc_buf_puts(out, "Waiting for deployment spec update to be observed...\n");
    } else if (KC_STREQ(kc_or(kc_json_str(condition(d, "Progressing"), "reason"), ""), "ProgressDeadlineExceeded")) {
        kc_buf_printf(out, "error: deployment \"%s\" exceeded its progress deadline\n", name);
    } else if (updated < desired) {
        kc_buf_printf(out,
                      "Waiting for deployment \"%s\" rollout to finish: %lld out of %lld new replicas have been "
                      "updated...\n",
                      name, (long long)updated, (long long)desired);
    } else if (total > updated) {
        kc_buf_printf(out,
                      "Waiting for deployment \"%s\" rollout to finish: %lld old replicas are pending termination...\n",
                      name, (long long)(total - updated));
    } else if (available < updated) {
        kc_buf_printf(
            out, "Waiting for deployment \"%s\" rollout to finish: %lld of %lld updated replicas are available...\n",
            name, (long long)available, (long long)updated);
    } else {
        kc_buf_printf(out, "deployment \"%s\" successfully rolled out\n", name);
    }
    return true;
}

static bool needs_rolling_update(const json_t *object, struct kc_err *err)
{
    return KC_STREQ(kc_or(kc_json_str(object, "spec.updateStrategy.type"), "RollingUpdate"), "RollingUpdate") ||
           kc_fail(err, KC_INVALID, "NoRollout", "rollout status is only available for RollingUpdate strategy type");
}

static bool daemon_set(const json_t *d, const char *name, int64_t revision, struct kc_buf *out, struct kc_err *err)
{
    int64_t desired = kc_json_int(d, "status.desiredNumberScheduled", 0);
    int64_t updated = kc_json_int(d, "status.updatedNumberScheduled", 0);
    int64_t available = kc_json_int(d, "status.numberAvailable", 0);

    (void)revision;
    if (!needs_rolling_update(d, err))
        return false;
    if (!observed(d))
        kc_buf_puts(out, "Waiting for daemon set spec update to be observed...\n");
    else if (updated < desired)
        kc_buf_printf(
            out, "Waiting for daemon set \"%s\" rollout to finish: %lld out of %lld new pods have been updated...\n",
            name, (long long)updated, (long long)desired);
    else if (available < desired)
        kc_buf_printf(out,
                      "Waiting for daemon set \"%s\" rollout to finish: %lld of %lld updated pods are available...\n",
                      name, (long long)available, (long long)desired);
    else
        kc_buf_printf(out, "daemon set \"%s\" successfully rolled out\n", name);
    return true;
}

static bool stateful_set(const json_t *s, const char *name, int64_t revision, struct kc_buf *out, struct kc_err *err)
{
    int64_t desired = kc_json_int(s, "spec.replicas", 1), ready = kc_json_int(s, "status.readyReplicas", 0);
    int64_t updated = kc_json_int(s, "status.updatedReplicas", 0);
    int64_t partition = kc_json_int(s, "spec.updateStrategy.rollingUpdate.partition", 0);
    const char *current = kc_or(kc_json_str(s, "status.currentRevision"), "");
    const char *update = kc_or(kc_json_str(s, "status.updateRevision"), "");

    (void)name, (void)revision;
    if (!needs_rolling_update(s, err))
        return false;
    if (!observed(s))
        kc_buf_puts(out, "Waiting for statefulset spec update to be observed...\n");
    else if (ready < desired)
        kc_buf_printf(out, "Waiting for %lld pods to be ready...\n", (long long)(desired - ready));
    else if (kc_json_at(s, "spec.updateStrategy.rollingUpdate") && updated < desired - partition)
        kc_buf_printf(out,
                      "Waiting for partitioned roll out to finish: %lld out of %lld new pods have been updated...\n",
                      (long long)updated, (long long)(desired - partition));
    else if (kc_json_at(s, "spec.updateStrategy.rollingUpdate"))
        kc_buf_printf(out, "partitioned roll out complete: %lld new pods have been updated...\n", (long long)updated);
    else if (!KC_STREQ(current, update))
        kc_buf_printf(out, "waiting for statefulset rolling update to complete %lld pods at revision %s...\n",
                      (long long)updated, update);
    else
        kc_buf_printf(out, "statefulset rolling update complete %lld pods at revision %s...\n",
                      (long long)kc_json_int(s, "status.currentReplicas", 0), current);
    return true;
}

bool kc_show_rollout(struct kc_arena *a, const json_t *object, int64_t revision, struct kc_buf *out, struct kc_err *err)
{
    static const struct {
        const char *kind;
        bool (*show)(const json_t *object, const char *name, int64_t revision, struct kc_buf *out, struct kc_err *err);
    } kinds[] = {{"Deployment", deployment}, {"DaemonSet", daemon_set}, {"StatefulSet", stateful_set}};
    const char *kind = kc_or(kc_json_str(object, "kind"), ""), *name = kc_or(kc_json_str(object, "metadata.name"), "");

    (void)a;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (KC_STREQ(kinds[i].kind, kind))
            return kinds[i].show(object, name, revision, out, err);
    return kc_fail(err, KC_INVALID, "NoRollout", "a %s has no rollout: a deployment, daemonset or statefulset has",
                   kind);
}

struct revision {
    int64_t n;
    const json_t *object;
};

static int by_number(const void *x, const void *y)
{
    const struct revision *a = x, *b = y;

    return (a->n > b->n) - (a->n < b->n);
}

static struct revision *revisions_of(struct kc_arena *a, const json_t *object, const json_t *list, size_t *n)
{
    const json_t *items = json_object_get(list, "items");
    struct revision *v = kc_arena_array(a, json_array_size(items), sizeof *v);
    const char *uid = kc_or(kc_json_str(object, "metadata.uid"), "");
    size_t i;
    json_t *item;

    *n = 0;
    json_array_foreach(items, i, item)
    {
        int64_t number = revision_of(item);
        if (number > 0 && kc_controlled_by(item, uid))
            v[(*n)++] = (struct revision){.n = number, .object = item};
    }
    if (*n)
        qsort(v, *n, sizeof *v, by_number);
    return v;
}

static void put_overview(const struct revision *v, size_t n, struct kc_buf *out)
{
    KC_BUF_SCOPE text = {0};

    kc_buf_puts(&text, "REVISION\tCHANGE-CAUSE\n");
    for (size_t i = 0; i < n; i++) {
        const char *cause = kc_json_map_get(v[i].object, "metadata.annotations", CAUSE_ANNOTATION);
        if (i + 1 < n && v[i + 1].n == v[i].n)
            continue; /* two of one number: the later listed one counts, as in kubectl */
        kc_buf_printf(&text, "%lld\t", (long long)v[i].n);
        kc_show_cell(&text, kc_or(cause, "<none>"));
        kc_buf_putc(&text, '\n');
    }
    kc_tabs_align(&kc_tabs_list, kc_buf_str(&text), text.len, out);
}

/* A ReplicaSet has its template; a ControllerRevision keeps the patch that set it. kubectl shows the revision's cause
 * among the template's annotations. New reference. */
static json_t *template_with_cause(const json_t *revision)
{
    const json_t *of_replica_set = kc_json_at(revision, "spec.template");
    json_t *template = json_deep_copy(of_replica_set ? of_replica_set : kc_json_at(revision, "data.spec.template"));
    const char *cause = kc_json_map_get(revision, "metadata.annotations", CAUSE_ANNOTATION);

    if (!cause || !template)
        return template;
    if (!json_object_get(template, "metadata"))
        json_object_set_new(template, "metadata", json_object());
    if (!kc_json_at(template, "metadata.annotations"))
        json_object_set_new(json_object_get(template, "metadata"), "annotations", json_object());
    json_object_set_new(kc_json_at(template, "metadata.annotations"), CAUSE_ANNOTATION, json_string(cause));
    return template;
}

bool kc_show_history(struct kc_arena *a, const json_t *object, const json_t *revisions, const char *shown,
                     int64_t revision, struct kc_buf *out, struct kc_err *err)
{
    size_t n, i = 0;
    const struct revision *v = revisions_of(a, object, revisions, &n);

    if (revision > 0) {
        while (i < n && v[i].n != revision)
            i++;
        if (i == n)
            return kc_fail(err, KC_NOT_FOUND, "NoSuchRevision",
                           "%s has no revision %lld: kubectl rollout history lists those that there are", shown,
                           (long long)revision);
        kc_buf_printf(out, "%s with revision #%lld\n", shown, (long long)revision);
        KC_JSON_SCOPE *template = template_with_cause(v[i].object);
        kc_show_pod_template(a, template, out);
    } else {
        kc_buf_printf(out, "%s \n", shown);
        if (n == 0)
            kc_buf_puts(out, "No rollout history found.");
        else
            put_overview(v, n, out);
    }
    kc_buf_putc(out, '\n');
    return true;
}
