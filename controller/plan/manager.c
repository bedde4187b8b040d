#include "controller/plan/manager.h"

#define TOLD_CHANGES 2

/* How each manager marks what it manages. The first row that fits tells; what is sure stands before what is likely:
 * a HelmRelease of Flux leaves Helm's marks as well. */
static const struct {
    const char *manager;
    const char *label, *annotation, *writer; /* one of them, its key; NULL: not by this */
    const char *value;                       /* that it has; NULL: any */
    const char *noun;                        /* what the manager calls the source */
    const char *name_key, *ns_key;           /* label or annotation with the source's name; NULL: not told */
    char ends;                               /* the name ends at this character; 0: at its end */
} rows[] = {
    {"Flux", "kustomize.toolkit.fluxcd.io/name", NULL, NULL, NULL, "Kustomization", "kustomize.toolkit.fluxcd.io/name",
     "kustomize.toolkit.fluxcd.io/namespace", 0},
    {"Flux", "helm.toolkit.fluxcd.io/name", NULL, NULL, NULL, "HelmRelease", "helm.toolkit.fluxcd.io/name",
     "helm.toolkit.fluxcd.io/namespace", 0},
    {"Argo CD", NULL, "argocd.argoproj.io/tracking-id", NULL, NULL, "application", "argocd.argoproj.io/tracking-id",
     NULL, ':'},
    {"Argo CD", "argocd.argoproj.io/instance", NULL, NULL, NULL, "application", "argocd.argoproj.io/instance", NULL, 0},
    {"Argo CD", NULL, NULL, "argocd-controller", NULL, "application", "app.kubernetes.io/instance", NULL, 0},
    {"Helm", NULL, "meta.helm.sh/release-name", NULL, NULL, "release", "meta.helm.sh/release-name",
     "meta.helm.sh/release-namespace", 0},
    {"Helm", "app.kubernetes.io/managed-by", NULL, NULL, "Helm", "release", "app.kubernetes.io/instance", NULL, 0},
    {"Helm", NULL, NULL, "helm", NULL, "release", "app.kubernetes.io/instance", NULL, 0},
    {"Flux", NULL, NULL, "kustomize-controller", NULL, NULL, NULL, NULL, 0},
    {"Flux", NULL, NULL, "helm-controller", NULL, NULL, NULL, NULL, 0},
    {NULL, "app.kubernetes.io/managed-by", NULL, NULL, NULL, NULL, NULL, NULL, 0}, /* whatever it says */
};

static const char *mark(const struct kc_marks *m, const char *key)
{
    const char *v = key ? kc_label_get(m->labels, m->n_labels, key) : NULL;

    return v || !key ? v : kc_label_get(m->annotations, m->n_annotations, key);
}

static const struct kc_label *pairs_of(struct kc_arena *a, const json_t *map, size_t *ret_n)
{
    struct kc_label *v = kc_arena_array(a, json_object_size(map) + 1, sizeof *v);
    const char *key;
    json_t *value;

    *ret_n = 0;
    json_object_foreach((json_t *)(uintptr_t)map, key, value)
    {
        if (json_is_string(value))
            v[(*ret_n)++] = (struct kc_label){key, json_string_value(value)};
    }
    return v;
}

static struct kc_strs writers_of(struct kc_arena *a, const json_t *fields)
{
    struct kc_strs s = {.v = kc_arena_array(a, json_array_size(fields) + 1, sizeof *s.v)};

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const char *name = kc_json_str(json_array_get(fields, i), "manager");
        if (name)
            s.v[s.n++] = name;
    }
    return s;
}

struct kc_marks kc_marks_of_json(struct kc_arena *a, const json_t *object)
{
    const json_t *owners = kc_json_at(object, "metadata.ownerReferences");
    struct kc_marks m = {.kind = kc_or(kc_json_str(object, "kind"), ""),
                         .name = kc_or(kc_json_str(object, "metadata.name"), ""),
                         .owner_kind = "",
                         .owner_name = "",
                         .writers = writers_of(a, kc_json_at(object, "metadata.managedFields"))};

    m.labels = pairs_of(a, kc_json_at(object, "metadata.labels"), &m.n_labels);
    m.annotations = pairs_of(a, kc_json_at(object, "metadata.annotations"), &m.n_annotations);
    for (size_t i = 0; i < json_array_size(owners); i++) {
        const json_t *o = json_array_get(owners, i);
        if (!kc_json_bool(o, "controller", false))
            continue;
        m.owner_kind = kc_or(kc_json_str(o, "kind"), "");
        m.owner_name = kc_or(kc_json_str(o, "name"), "");
    }
    return m;
}

struct kc_marks kc_marks_of_item(const char *kind, const struct kc_item *item)
{
    return (struct kc_marks){.kind = kind,
                             .name = item->name,
                             .owner_kind = item->owner_kind,
                             .owner_name = item->owner_name,
                             .labels = item->labels,
                             .n_labels = item->n_labels};
}

static const char *source(struct kc_arena *a, const struct kc_marks *m, size_t row)
{
    const char *name = mark(m, rows[row].name_key), *ns = mark(m, rows[row].ns_key), *end;

    if (!name || !*name)
        return "";
    end = rows[row].ends ? strchr(name, rows[row].ends) : NULL;
    if (end)
        name = kc_arena_strndup(a, name, (size_t)(end - name));
    return kc_arena_printf(a, " (%s %s%s%.253s)", rows[row].noun, ns ? ns : "", ns ? "/" : "", name);
}

const char *kc_manager_of(struct kc_arena *a, const struct kc_marks *m)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *v = rows[i].label        ? kc_label_get(m->labels, m->n_labels, rows[i].label)
                        : rows[i].annotation ? kc_label_get(m->annotations, m->n_annotations, rows[i].annotation)
                        : kc_strs_has(&m->writers, rows[i].writer) ? rows[i].writer
                                                                   : NULL;
        if (!v || !*v || (rows[i].value && !KC_STREQ(v, rows[i].value)))
            continue;
        return kc_arena_printf(a, "%.253s%s", rows[i].manager ? rows[i].manager : v, source(a, m, i));
    }
    return NULL;
}

/* "spec.replicas: 5": what to write into the source, where it is short enough to be told. */
static const char *lasting(struct kc_arena *a, const struct kc_record_step *step)
{
    KC_BUF_SCOPE list = {0};
    size_t n = 0;

    for (size_t i = 0; i < step->n_changes; i++)
        if (!step->changes[i].volatile_value && n++ < TOLD_CHANGES)
            kc_buf_printf(&list, "%s%.200s: %.100s", list.len ? ", " : "", step->changes[i].path,
                          kc_or(step->changes[i].to, "(removed)"));
    if (step->action.verb->deed == KC_DEED_DELETE)
        return "; for good: remove it from that source";
    if (!n || n > TOLD_CHANGES)
        return "; for good: change that source";
    return kc_arena_printf(a, "; for good: write %s into that source", kc_buf_str(&list));
}

const char *kc_manager_warning(struct kc_arena *a, const struct kc_record_step *step, const struct kc_marks *chain,
                               size_t n)
{
    const struct kc_marks *target = &chain[0], *top = &chain[n - 1];
    bool deleted = step->action.verb->deed == KC_DEED_DELETE;
    const char *manager = *top->owner_kind ? NULL : kc_manager_of(a, top);
    const char *controlled = "";

    if (*target->owner_kind)
        controlled = kc_arena_printf(a, "controlled by %s %s, which may %s", target->owner_kind, target->owner_name,
                                     deleted ? "make it again" : "undo this change");
    if (!manager)
        return *controlled ? controlled : NULL;
    if (n == 1)
        return kc_arena_printf(a, "managed by %s, which may %s%s", manager,
                               deleted ? "make it again" : "undo this change", lasting(a, step));
    return kc_arena_printf(a, "%s; %s %s above it is managed by %s", controlled, top->kind, top->name, manager);
}

/* Distinct sentences and how many objects each is of, in the order in which they came up. */
struct told {
    const char **what;
    size_t *of;
    size_t n, all; /* sentences; objects that have one */
};

static struct told told_of(struct kc_arena *a, size_t n)
{
    return (struct told){.what = kc_arena_array(a, n + 1, sizeof(const char *)),
                         .of = kc_arena_array(a, n + 1, sizeof(size_t))};
}

static void tell(struct told *t, const char *what)
{
    size_t i = 0;

    while (i < t->n && !KC_STREQ(t->what[i], what))
        i++;
    if (i == t->n)
        t->what[t->n++] = what;
    t->of[i]++;
    t->all++;
}

static const char *part_of(struct kc_arena *a, size_t some, size_t n)
{
    return some == n ? "all" : kc_arena_printf(a, "%zu of %zu", some, n);
}

/* What all parts change alike. */
static const char *lasting_of_all(struct kc_arena *a, const struct kc_record_step *const *steps, size_t n)
{
    const char *text = lasting(a, steps[0]);

    for (size_t i = 1; i < n; i++)
        if (!KC_STREQ(lasting(a, steps[i]), text))
            return "; for good: change those sources";
    return text;
}

/* "all are controlled by ReplicaSet web-1a, ReplicaSet web-2b, which may make them again" */
static const char *say_controllers(struct kc_arena *a, const struct told *t, size_t n, bool deleted)
{
    KC_BUF_SCOPE list = {0};

    for (size_t i = 0; i < t->n && i < KC_MANAGERS_TOLD; i++)
        kc_buf_printf(&list, "%s%s", i ? ", " : "", t->what[i]);
    if (t->n > KC_MANAGERS_TOLD)
        kc_buf_printf(&list, " and %zu more", t->n - KC_MANAGERS_TOLD);
    return kc_arena_printf(a, "%s controlled by %s, which may %s", part_of(a, t->all, n), kc_buf_str(&list),
                           deleted ? "make them again" : "undo this change");
}

static void say_managers(struct kc_arena *a, const struct told *t, size_t n, const char *behind, struct kc_strs *ret)
{
    for (size_t i = 0; i < t->n && i < KC_MANAGERS_TOLD; i++)
        ret->v[ret->n++] = kc_arena_printf(a, "%s %s%s", part_of(a, t->of[i], n), t->what[i], behind);
    if (t->n > KC_MANAGERS_TOLD)
        ret->v[ret->n++] = kc_arena_printf(a, "%zu more managers of them", t->n - KC_MANAGERS_TOLD);
}

struct kc_strs kc_manager_warnings(struct kc_arena *a, const struct kc_record_step *const *steps,
                                   const struct kc_chain *chains, size_t n)
{
    bool deleted = steps[0]->action.verb->deed == KC_DEED_DELETE;
    struct told controllers = told_of(a, n), direct = told_of(a, n), above = told_of(a, n);
    struct kc_strs ret = {.v = kc_arena_array(a, 2 * KC_MANAGERS_TOLD + 3, sizeof *ret.v)};

    for (size_t i = 0; i < n; i++) {
        if (!chains[i].n)
            continue;
        const struct kc_marks *m = &chains[i].v[0], *top = &chains[i].v[chains[i].n - 1];
        const char *manager = *top->owner_kind ? NULL : kc_manager_of(a, top);
        if (*m->owner_kind)
            tell(&controllers, kc_arena_printf(a, "%s %s", m->owner_kind, m->owner_name));
        if (manager && chains[i].n == 1)
            tell(&direct, kc_arena_printf(a, "managed by %s, which may %s", manager,
                                          deleted ? "make them again" : "undo this change"));
        else if (manager)
            tell(&above, kc_arena_printf(a, "below %s %s, which is managed by %s", top->kind, top->name, manager));
    }
    if (controllers.n)
        ret.v[ret.n++] = say_controllers(a, &controllers, n, deleted);
    say_managers(a, &direct, n, lasting_of_all(a, steps, n), &ret);
    say_managers(a, &above, n, "", &ret);
    return ret;
}
