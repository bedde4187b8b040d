/* show: what the reading verbs print, made of what was read, in kubectl's own layout. Pure.
 *
 * Everything that comes from the cluster passes kc_show_text or kc_show_cell: no terminal sequence gets through. Output
 * is appended to a buffer whose limit the caller sets: what is longer is cut there, and the caller says so.
 */
#pragma once

#include "controller/base/buf.h"
#include "controller/base/json.h"
#include "controller/base/resource.h"

/* A text of the cluster: ESC as ^[, other control characters but newline and tab as ?. */
void kc_show_text(struct kc_buf *out, const char *text);
/* The same in one cell of a table: cut at its first line's end with "...", tabs as spaces. */
void kc_show_cell(struct kc_buf *out, const char *text);

/* A value as Go's fmt prints it: map[a:1 b:[x y]], <nil>; text as kc_show_text. */
void kc_show_value(struct kc_buf *out, const json_t *v);
/* The shortest digits that give the number again, as Go writes them: %v, or encoding/json's way. */
enum kc_real_style { KC_REAL_FMT, KC_REAL_JSON };
void kc_show_real(struct kc_buf *out, double d, enum kc_real_style style);

/* How long ago a time was ("5m", kubectl's age); "<unknown>" for none. */
const char *kc_show_age(char out[16], const char *time, int64_t now);

struct kc_table_style {
    bool wide;           /* columns of every priority */
    bool with_namespace; /* -A */
    bool show_labels;
    bool no_headings;
    struct kc_strs labels; /* a column for each */
    const char *kind;      /* "deployment.apps", before each name; NULL: names alone */
    const char *sort_by;   /* path into the rows' objects (".metadata.name"); NULL: as the server has them */
};
/* meta.k8s.io/v1 Tables, pages of one list. Nothing for no rows. INVALID: sort_by finds nothing to sort by. */
KC_CHECK bool kc_show_table(struct kc_arena *a, const json_t *const *tables, size_t n,
                            const struct kc_table_style *style, struct kc_buf *out, struct kc_err *err);
size_t kc_table_rows(const json_t *const *tables, size_t n);
/* "12 pods: 10 Running, 2 CrashLoopBackOff": how many, and what the Status or Ready column says of them. */
const char *kc_show_table_summary(struct kc_arena *a, const json_t *const *tables, size_t n, const char *singular,
                                  const char *plural);

/* Which object comes when, sorted by what path finds in them: n places in a. NULL, INVALID: no object has it. */
KC_CHECK const size_t *kc_show_order(struct kc_arena *a, const json_t *const *objects, size_t n, const char *path,
                                     struct kc_err *err);
/* The same for the items of a list, in place. */
KC_CHECK bool kc_show_sort_items(struct kc_arena *a, json_t *list, const char *path, struct kc_err *err);

/* kubectl get -o custom-columns=: spec is HEADING:PATH,...; the items of a list, or one object. */
KC_CHECK bool kc_show_columns(struct kc_arena *a, const json_t *object, const char *spec, bool headings,
                              struct kc_buf *out, struct kc_err *err);
KC_CHECK bool kc_show_columns_check(struct kc_arena *a, const char *spec, struct kc_err *err);

/* What kubectl get prints in other forms: objects as they are, managed: with managedFields; several, or a list, as a v1
 * List. list NULL mapping: the objects say themselves what they are. */
json_t *kc_show_listed(const json_t *const *answers, size_t n, bool list, bool managed, const char *api_version,
                       const char *kind);
void kc_show_json(const json_t *v, struct kc_buf *out);
void kc_show_json_line(const json_t *v, struct kc_buf *out); /* compact, as encoding/json writes it */
KC_CHECK bool kc_show_yaml(const json_t *v, struct kc_buf *out, struct kc_err *err);
/* "deployment.apps/checkout", one a line. */
void kc_show_names(const json_t *list, const char *singular, const char *group, struct kc_buf *out);

/* core/v1 Events, oldest first: kubectl events. */
struct kc_events_style {
    bool with_namespace;
    const char *types; /* "Warning,Normal"; NULL: all */
};
void kc_show_events(struct kc_arena *a, const json_t *const *lists, size_t n, const struct kc_events_style *style,
                    int64_t now, struct kc_buf *out);
const char *kc_show_events_summary(struct kc_arena *a, const json_t *const *lists, size_t n, const char *types);

/* kubectl describe: any object by its fields; Pods, workloads, Services and ConfigMaps in a layout of their own; then
 * its events. more: an extra list that the kind's own section needs (the ReplicaSets of a Deployment, the
 * EndpointSlices of a Service); NULL: none. */
void kc_show_description(struct kc_arena *a, const json_t *object, const json_t *events, const json_t *more,
                         int64_t now, struct kc_buf *out);
/* Sections of it. */
void kc_show_pod(struct kc_arena *a, const json_t *pod, int64_t now, struct kc_buf *out);
void kc_show_workload(struct kc_arena *a, const json_t *object, const json_t *replica_sets, struct kc_buf *out);
void kc_show_service(struct kc_arena *a, const json_t *service, const json_t *endpoint_slices, struct kc_buf *out);
void kc_show_config_map(struct kc_arena *a, const json_t *map, struct kc_buf *out);
void kc_show_pod_template(struct kc_arena *a, const json_t *template, struct kc_buf *out);

/* What kubectl rollout status says of a Deployment, StatefulSet or DaemonSet right now, with its newline. */
KC_CHECK bool kc_show_rollout(struct kc_arena *a, const json_t *object, int64_t revision, struct kc_buf *out,
                              struct kc_err *err);
/* revisions: ReplicaSets or ControllerRevisions (other owners' are left out). revision 0: all of them. NOT_FOUND: no
 * such revision. */
KC_CHECK bool kc_show_history(struct kc_arena *a, const json_t *object, const json_t *revisions, const char *shown,
                              int64_t revision, struct kc_buf *out, struct kc_err *err);

/* kubectl explain: a field of a type, from the OpenAPI v3 document of its group and version. NoSuchField. */
struct kc_explained {
    const char *group_version, *resource; /* "apps/v1", "deployments" */
    const char *field;                    /* "spec.strategy"; "": the whole type */
    bool recursive;
};
KC_CHECK bool kc_show_explanation(struct kc_arena *a, const json_t *document, const struct kc_explained *what,
                                  struct kc_buf *out, struct kc_err *err);

/* metrics.k8s.io: what kubectl top prints. nodes: core/v1 Nodes, for the shares. */
struct kc_top_style {
    bool with_namespace, containers;
    const char *sort_by; /* "cpu", "memory"; NULL: by name */
};
void kc_show_top_pods(struct kc_arena *a, const json_t *metrics, const struct kc_top_style *style, struct kc_buf *out);
void kc_show_top_nodes(struct kc_arena *a, const json_t *metrics, const json_t *nodes, const struct kc_top_style *style,
                       struct kc_buf *out);
/* A quantity ("250m", "1536Mi", "12345678n") in thousandths, cut. 0 for what is none. */
int64_t kc_quantity_milli(const char *text);
