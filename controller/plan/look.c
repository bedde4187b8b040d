/* Steps that only look. */
#include <string.h>

#include "controller/plan/frame.h"

/* Pods of a workload that are looked at one by one when it is diagnosed. */
#define SICK_PODS 2

#define FLAGS(f) (f), sizeof(f) / sizeof *(f)

static const char *value(const struct kc_clause *c, enum kc_slot slot)
{
    const struct kc_lexeme *s = kc_clause_slot(c, slot);
    return s ? s->text : NULL;
}

static const char *selector_of(const struct kc_clause *c)
{
    return kc_or(value(c, KC_SLOT_SELECTOR), value(c, KC_SLOT_PAIR));
}

static bool checked_place(struct kc_reading *r, const struct kc_clause *c)
{
    if (c->ns && !kc_strs_has(&r->in->namespaces, c->ns))
        kc_reading_ask_place(r, c->at, c->end, c->ns);
    return !kc_reading_done(r);
}

/* A whole type, in each namespace that is spoken of; how is said with the reason. */
static void list_type(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_mapping *m,
                      struct kc_flag_value *flags, size_t n_flags, const char *how)
{
    struct kc_strs spaces = kc_clause_namespaces(r, c);
    struct kc_target t = kc_target_of(m, "", "");
    if (!checked_place(r, c))
        return;
    if (!m->namespaced || c->everywhere) {
        flags[0] = (struct kc_flag_value){"all-namespaces", m->namespaced ? "true" : NULL};
        kc_frame_step(r, verb, c, &t, flags, n_flags, NULL, how);
        return;
    }
    for (size_t i = 0; i < spaces.n; i++) {
        t.ns = spaces.v[i];
        kc_frame_step(r, verb, c, &t, flags, n_flags, NULL, how);
    }
}

static void look_at_type(struct kc_reading *r, const char *verb, const struct kc_clause *c, const struct kc_mapping *m,
                         struct kc_flag_value *flags, size_t n_flags)
{
    list_type(r, verb, c, m, flags, n_flags, "");
}

/* "are all nodes ready" is answered by all of them. */
static bool is_good(enum kc_state s)
{
    return s == KC_STATE_READY || s == KC_STATE_RUNNING || s == KC_STATE_COMPLETED || s == KC_STATE_UNHEALTHY;
}

/* "what is running in staging" asks for what is there, whatever its state. */
static bool has_state(const struct kc_clause *c)
{
    bool type = c->n_kinds || c->pods;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part == KC_W_STATE && (type || c->slots[i]->word->state != KC_STATE_RUNNING))
            return !(c->asks && c->all && is_good(c->slots[i]->word->state));
    return false;
}

/* What is described beyond a label is chosen here, object by object; a label the API server can choose by itself. */
static bool chooses(const struct kc_clause *c)
{
    bool where = false;
    for (size_t i = 0; i < c->n_targets; i++)
        where |= c->targets[i].where;
    return where || has_state(c) || kc_clause_slot(c, KC_SLOT_AGE);
}

static bool is_named(const struct kc_clause *c)
{
    for (size_t i = 0; i < c->n_targets; i++)
        if (!c->targets[i].where)
            return true;
    return false;
}

/* Nothing that fits the description, or too much of it, is still to be seen in the whole list. */
static bool choose_or_list(struct kc_reading *r, const char *verb, const struct kc_clause *c,
                           const struct kc_pick *pick, struct kc_chosen *ret)
{
    struct kc_planned *real = r->ret, tried = {0};
    const struct kc_mapping *type = kc_clause_type(r, c);
    struct kc_flag_value flags[] = {{"all-namespaces", NULL}};
    r->ret = &tried;
    *ret = (struct kc_chosen){0};
    bool chosen = kc_choose(r, c, pick, ret);
    r->ret = real;
    if (chosen)
        return true;
    if (type && (tried.outcome == KC_PLAN_REFUSED || !is_named(c)) && checked_place(r, c)) {
        /* "0 pods, not running": said, or the list would pass for what was asked for. */
        const char *how = kc_or(ret->how, NULL) ? kc_arena_printf(r->a, "%s: all are shown", ret->how) : "";
        list_type(r, verb, c, type, FLAGS(flags), how);
    } else {
        r->ret->candidates = tried.candidates;
        kc_answer_ask(r->a, r->ret, "%s", tried.question);
    }
    return false;
}

/* How it is shown: as text on demand; in a table that has what is asked for. */
static const char *output_of(const struct kc_clause *c, const struct kc_mapping *type)
{
    if (c->hints & KC_H_YAML)
        return "yaml";
    if (c->hints & KC_H_JSON)
        return "json";
    if (c->hints & KC_H_IMAGE) /* kubectl's wide table of pods has no images */
        return type && !KC_STREQ(type->kind, "Pod")
                   ? "wide"
                   : "custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image";
    return c->hints & KC_H_WHERE ? "wide" : NULL;
}

static void each_chosen(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    if (!choose_or_list(r, f->verb, c, &pick, &chosen))
        return;
    struct kc_flag_value output = {"output", KC_STREQ(f->verb, "get") ? output_of(c, NULL) : NULL};
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], &output, 1, NULL, chosen.how);
}

void kc_plan_get(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_mapping *type = kc_clause_type(r, c), *pods = kc_restmap_find(r->in->inventory->restmap, "pods");
    struct kc_flag_value flags[] = {
        {"all-namespaces", NULL}, {"selector", selector_of(c)}, {"output", output_of(c, type)}};
    if (c->hints & KC_H_WHERE && is_named(c)) { /* its pods say on which nodes */
        struct kc_clause clause = *c;
        clause.pods = true;
        each_chosen(r, f, &clause);
        return;
    }
    if (is_named(c) || (chooses(c) && !c->everywhere && type)) {
        each_chosen(r, f, c);
        return;
    }
    if (c->pods && pods)
        look_at_type(r, f->verb, c, pods, FLAGS(flags));
    for (size_t i = 0; i < c->n_kinds; i++)
        look_at_type(r, f->verb, c, c->kinds[i], FLAGS(flags));
    if (r->ret->n_steps || kc_reading_done(r))
        return;
    if (!type && c->everywhere && !c->asks)
        type = kc_restmap_find(r->in->inventory->restmap, "namespaces"); /* "show all namespaces" */
    if (!type && (c->asks || c->ns || c->everywhere || c->all))
        type = pods; /* "what is in staging" */
    if (type)
        look_at_type(r, f->verb, c, type, FLAGS(flags));
    else
        kc_answer_ask(r->a, r->ret, "\"%s\": which object, or what type of objects?",
                      kc_reading_quote(r, c->at, c->end));
}

void kc_plan_each(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_mapping *type = kc_clause_type(r, c);
    struct kc_flag_value flags[] = {{"all-namespaces", NULL}, {"selector", selector_of(c)}};
    struct kc_flag_value revision = {"revision", value(c, KC_SLOT_REVISION)};
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    bool lists = pick.verb->shape == KC_SHAPE_TYPED;
    if (lists && !is_named(c) && !chooses(c) && type) {
        look_at_type(r, f->verb, c, type, FLAGS(flags));
        return;
    }
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    bool has = KC_STREQ(f->verb, "rollout history") && *kc_or(revision.value, "");
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], &revision, has ? 1 : 0, NULL, chosen.how);
}

/* "the web container" of a clause that names nothing else: web. */
static struct kc_clause with_target(const struct kc_reading *r, const struct kc_clause *c)
{
    const struct kc_lexeme *container = kc_clause_slot(c, KC_SLOT_CONTAINER);
    struct kc_clause out = *c;
    if (c->n_targets || !container)
        return out;
    out.targets[out.n_targets++] = (struct kc_mention){.name = container->text, .word = r->words.n};
    return out;
}

static bool has_container(const struct kc_object *o, const char *name)
{
    for (size_t i = 0; i < o->n_containers; i++)
        if (KC_STREQ(o->containers[i].name, name))
            return true;
    return !o->n_containers;
}

static const char *container_of(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o)
{
    const char *name = value(c, KC_SLOT_CONTAINER);
    if (name && !c->n_targets && KC_STREQ(name, o->name) && !has_container(o, name))
        return NULL; /* "the web container" of web */
    if (name && !has_container(o, name)) {
        struct kc_strs names = {0};
        for (size_t i = 0; i < o->n_containers; i++)
            kc_strs_append(r->a, &names, o->containers[i].name);
        kc_answer_ask(r->a, r->ret, "%s has no container \"%s\": its containers are %s", kc_object_show(r->a, o), name,
                      kc_words_join(r->a, &names, 8));
    }
    return name;
}

void kc_plan_logs(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_clause clause = with_target(r, c);
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    bool previous = clause.hints & KC_H_PREVIOUS || kc_clause_slot(c, KC_SLOT_PREVIOUS);
    struct kc_flag_value flags[] = {{"selector", NULL},
                                    {"container", NULL},
                                    {"previous", previous ? "true" : NULL},
                                    {"tail", value(c, KC_SLOT_TAIL)},
                                    {"since", value(c, KC_SLOT_SINCE)}};
    if (!is_named(&clause) && selector_of(c) && !has_state(c)) {
        flags[0].value = selector_of(c);
        flags[1].value = value(c, KC_SLOT_CONTAINER);
        look_at_type(r, f->verb, c, kc_restmap_find(r->in->inventory->restmap, "pods"), FLAGS(flags));
        return;
    }
    /* "logs of the web pods" are those of web. */
    if (!has_state(c))
        clause.pods = false;
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++) {
        flags[1].value = container_of(r, c, chosen.v[i]);
        kc_frame_step_on(r, f->verb, c, chosen.v[i], FLAGS(flags), NULL, chosen.how);
    }
}

static void events_for(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o, const char *how)
{
    const struct kc_mapping *m = kc_restmap_find(r->in->inventory->restmap, "events");
    const char *type = kc_arena_strdup(r->a, kc_or(o->mapping->singular, o->mapping->kind));
    struct kc_target t = kc_target_of(m, o->ns, "");
    struct kc_flag_value flags[] = {{"for", kc_arena_printf(r->a, "%s/%s", type, o->name)},
                                    {"all-namespaces", *o->ns ? NULL : "true"}};
    kc_frame_step(r, "events", c, &t, FLAGS(flags), NULL, how);
}

static bool warnings_only(const struct kc_reading *r, const struct kc_clause *c)
{
    return strcasestr(kc_reading_quote(r, c->at, c->end), "warning") != NULL;
}

void kc_plan_events(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = {.owned = true, .reads = true};
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    struct kc_flag_value flags[] = {{"all-namespaces", NULL}, {"types", warnings_only(r, c) ? "Warning" : NULL}};
    if (!c->n_targets && !kc_clause_describes(c)) {
        look_at_type(r, f->verb, c, kc_restmap_find(r->in->inventory->restmap, "events"), FLAGS(flags));
        return;
    }
    clause.pods &= !is_named(c);
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        events_for(r, c, chosen.v[i], chosen.how);
}

void kc_plan_top(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_restmap *map = r->in->inventory->restmap;
    const struct kc_mapping *nodes = kc_restmap_find(map, "nodes"), *pods = kc_restmap_find(map, "pods");
    const char *sort = c->hints & KC_H_MEMORY ? "memory" : c->hints & KC_H_CPU ? "cpu" : NULL;
    struct kc_flag_value flags[] = {{"all-namespaces", NULL}, {"selector", selector_of(c)}, {"sort-by", sort}};
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    /* "which node is busy" */
    bool node = (c->hints & KC_H_NODE || (c->hints & KC_H_WHERE && !is_named(c))) && !c->pods;
    if (!is_named(c) && !chooses(c)) {
        look_at_type(r, f->verb, c, node ? nodes : pods, FLAGS(flags));
        return;
    }
    clause.pods = !node;
    if (node) /* "memory on node-3" is the node's own */
        for (size_t i = 0; i < clause.n_targets; i++)
            clause.targets[i].where = false;
    if (!choose_or_list(r, f->verb, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], NULL, 0, NULL, chosen.how);
}

/* Whether a pod that the object controls has restarted; the words count as well, since pods are not always listed. */
static bool has_crashed(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part == KC_W_STATE)
            switch (c->slots[i]->word->state) {
            case KC_STATE_CRASHING:
            case KC_STATE_RESTARTED:
            case KC_STATE_OOM:
                return true;
            default:
                break;
            }
    struct kc_strs owners = kc_owner_names(r, o);
    for (size_t i = 0; i < r->in->inventory->n; i++) {
        const struct kc_object *pod = &r->in->inventory->v[i];
        if (pod->restarts && KC_STREQ(pod->ns, o->ns) && (pod == o || kc_strs_has(&owners, pod->owner_name)))
            return true;
    }
    return false;
}

/* A pod that ought to run and does not, or is not ready. Of one that was evicted nothing is left to look at. */
static bool is_sick(const struct kc_object *pod)
{
    static const char *const well[] = {"Completed", "Succeeded", "Evicted", "Terminating"};
    for (size_t i = 0; i < sizeof well / sizeof *well; i++)
        if (KC_STREQ(pod->status, well[i]))
            return false;
    return !KC_STREQ(pod->status, "Running") || (pod->ready >= 0 && (size_t)pod->ready < pod->n_containers);
}

static void examine(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o, bool crashed,
                    const char *how)
{
    const struct kc_verb *logs = kc_verb_find("logs");
    struct kc_flag_value previous = {"previous", crashed ? "true" : NULL};
    kc_frame_step_on(r, "describe", c, o, NULL, 0, NULL, how);
    if (logs && logs->applies && logs->applies(o->mapping))
        kc_frame_step_on(r, "logs", c, o, &previous, 1, NULL, how);
    if (kc_verb_find("events"))
        events_for(r, c, o, how);
}

/* What is wrong with a workload is wrong with a pod of it; a few tell for all. */
static void diagnose(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o, const char *how)
{
    struct kc_strs owners = kc_owner_names(r, o);
    size_t pods = 0;
    examine(r, c, o, has_crashed(r, c, o), how);
    for (size_t i = 0; i < r->in->inventory->n && pods < SICK_PODS; i++) {
        const struct kc_object *pod = &r->in->inventory->v[i];
        if (pod == o || !KC_STREQ(pod->mapping->resource, "pods") || !KC_STREQ(pod->ns, o->ns) ||
            !kc_strs_has(&owners, pod->owner_name) || !is_sick(pod))
            continue;
        examine(r, c, pod, pod->restarts > 0, how);
        pods++;
    }
}

/* Why something is as it is: what it says of itself, what its last container wrote, what happened to it. */
void kc_plan_diagnose(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_restmap *map = r->in->inventory->restmap;
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    struct kc_flag_value flags[] = {{"all-namespaces", NULL}};
    clause.pods &= !is_named(c);
    if (!is_named(c) && !(clause.pods || c->n_kinds || chooses(c))) {
        look_at_type(r, "get", c, kc_restmap_find(map, "pods"), FLAGS(flags));
        look_at_type(r, "events", c, kc_restmap_find(map, "events"), FLAGS(flags));
        return;
    }
    clause.all |= !is_named(c);
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        diagnose(r, c, chosen.v[i], chosen.how);
}
