/* Words or commands -> plan of record -> what a person is shown. */
#include "controller/ai/answer.h"
#include "controller/exec/expand.h"
#include "controller/exec/gather.h"
#include "controller/exec/object.h"
#include "controller/reconcile/planning.h"
#include "controller/reconcile/rollback.h"

static bool finish(struct kc_visit *v, enum kc_phase phase, const char *reason, const char *message, struct kc_err *err)
{
    struct kc_ending e = {.phase = phase, .reason = reason, .message = message};

    return kc_perform_finish(v, &e, err);
}

static void show_planner(struct kc_visit *v, const struct kc_planning *p)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    bool model = p->asked.how == KC_ASKED_PLANNED;
    int64_t took = model ? p->asked.latency_ms : (kc_mono_us() - p->began + 500) / 1000;

    s->planner.provider = *v->cr.spec.rollback_of ? "Rollback"
                          : v->cr.spec.commands.n ? "Commands"
                          : model                 ? p->asked.provider
                                                  : KC_AI_BUILTIN;
    s->planner.model = model ? p->asked.model : "";
    s->planner.latency = kc_arena_printf(v->a, "%lldms", (long long)took);
    s->planner.message = *p->doubt ? kc_arena_printf(v->a, "the built-in planner reads the same words as: %s", p->doubt)
                                   : kc_or(p->asked.note, "");
}

static void refuse(struct kc_planning *p, const char *reason, const char *message)
{
    p->planned = (struct kc_planned){.outcome = KC_PLAN_REFUSED, .question = message};
    p->reason = reason;
}

/* Where the built-in planner is sure of the words and a model reads them otherwise, people are told. */
static void compare_readings(struct kc_visit *v, struct kc_planning *p, const struct kc_plan_input *in)
{
    struct kc_planned builtin = {0};
    const char *other;

    kc_plan_words(v->a, in, &builtin);
    if (p->planned.outcome != KC_PLAN_MADE || builtin.outcome != KC_PLAN_MADE)
        return;
    other = kc_ai_difference(v->a, &p->planned, &builtin, p->restmap);
    p->doubt = kc_or(other, "");
}

/* By a model where one is to be asked, else by the built-in planner. */
static bool plan_words(struct kc_visit *v, struct kc_planning *p, const struct kc_plan_input *in, struct kc_err *err)
{
    if (!kc_perform_ask(v, in, &p->asked, err))
        return false;
    if (*p->asked.refused)
        refuse(p, "ProviderNotFound", p->asked.refused);
    else if (p->asked.how == KC_ASKED_PLANNED) {
        p->planned = p->asked.planned;
        compare_readings(v, p, in);
    } else if (p->asked.how != KC_ASKED_WAITING)
        kc_plan_words(v->a, in, &p->planned);
    return true;
}

/* A namespace that one of the commands makes need not be there. */
static bool gather(struct kc_visit *v, struct kc_planning *p, const struct kc_strs *namespaces, enum kc_listing listing,
                   struct kc_err *err)
{
    const struct kc_chatrequest_spec *s = &v->cr.spec;
    struct kc_strs there;

    if (kc_gather(&v->chat->cluster, p->restmap, &s->requested_by.who, namespaces, listing, v->a, &p->inventory, err))
        return true;
    if (err->class != KC_NOT_FOUND)
        return false;
    there = kc_plan_namespaces_there(v->a, &s->commands, namespaces, p->restmap);
    return there.n < namespaces->n &&
           kc_gather(&v->chat->cluster, p->restmap, &s->requested_by.who, &there, listing, v->a, &p->inventory, err);
}

/* What was listed -> plan -> preview. False only for what is worth trying again. */
static bool look_and_plan(struct kc_visit *v, struct kc_planning *p, enum kc_listing listing, struct kc_err *err)
{
    const struct kc_chatrequest *cr = &v->cr;
    struct kc_plan_input in = {
        .prompt = cr->spec.prompt, .namespaces = kc_chatrequest_namespaces(v->a, cr), .inventory = &p->inventory};
    struct kc_err e = {0};

    if (!gather(v, p, &in.namespaces, listing, &e)) {
        if (kc_is_refusal(&e) || e.class == KC_NOT_FOUND) {
            refuse(p, e.class != KC_NOT_FOUND ? "Forbidden" : "NamespaceNotFound", kc_arena_strdup(v->a, e.message));
            return true;
        }
        *err = e;
        return false;
    }
    p->began = kc_mono_us();
    p->reason = "NotPlannable";
    p->doubt = "";
    if (cr->spec.commands.n)
        kc_plan_commands(v->a, &cr->spec.commands, &in, &p->planned);
    else if (!plan_words(v, p, &in, err))
        return false;
    if (p->asked.how == KC_ASKED_WAITING)
        return true;
    struct kc_expansion x = {.cluster = &v->chat->cluster,
                             .restmap = p->restmap,
                             .who = &cr->spec.requested_by.who,
                             .namespaces = &in.namespaces,
                             .words = cr->spec.commands.n == 0};
    if (!kc_expand(&x, v->a, &p->planned, err))
        return false;
    show_planner(v, p);
    size_t groups = kc_planned_groups(&p->planned);
    if (groups > KC_MAX_STEPS)
        refuse(p, "TooManySteps",
               kc_arena_printf(v->a, "the plan has %zu steps, at most %d may be asked for at once: split the request",
                               groups, KC_MAX_STEPS));
    if (p->planned.n_steps > KC_MAX_PARTS)
        refuse(p, "TooManyParts",
               kc_arena_printf(v->a, "the plan changes %zu objects, at most %d may be changed by one request: split it",
                               p->planned.n_steps, KC_MAX_PARTS));
    return p->planned.outcome != KC_PLAN_MADE || kc_preview_plan(v, p, err);
}

static const struct kc_object *listed(const struct kc_inventory *inv, const struct kc_target *t)
{
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].name, t->name) && KC_STREQ(inv->v[i].ns, t->ns) &&
            KC_STREQ(inv->v[i].mapping->kind, t->kind) && KC_STREQ(inv->v[i].mapping->group, t->group))
            return &inv->v[i];
    return NULL;
}

/* Whether the objects that were previewed are what the planner took them for: "three more" counts from what was listed.
 */
static bool as_listed(const struct kc_planning *p)
{
    for (size_t i = 0; i < p->planned.n_steps; i++) {
        const struct kc_verb *verb = p->planned.steps[i].action.verb;
        if (verb->deed == KC_DEED_READ || kc_verb_may_create(verb) || p->planned.steps[i].part ||
            p->previews[i].record.deferred)
            continue; /* it was read, is new, or found by its own list: there is nothing that it counts from */
        const struct kc_object *o = listed(&p->inventory, &p->planned.steps[i].action.target);
        const json_t *before = p->previews[i].before;
        if (!o || !before || (o->replicas >= 0 && o->replicas != kc_json_int(before, "spec.replicas", 0)))
            return false;
    }
    return true;
}

static bool wait_for_model(struct kc_visit *v, const struct kc_planning *p, int64_t *ret_wait_ms, struct kc_err *err)
{
    *ret_wait_ms = p->asked.wait_ms;
    kc_visit_enter(v, KC_PLANNING, "AskingModel",
                   kc_arena_printf(v->a, "asking the model %s of provider %s", p->asked.model, p->asked.provider));
    return kc_visit_write(v, err);
}

/* What people cannot be shown they cannot approve. Commands are never cut: somebody may paste them. */
static bool finish_unshown(struct kc_visit *v, struct kc_err *err)
{
    size_t len = 0, n = v->cr.status.plan.n_steps;

    for (size_t i = 0; i < n; i++)
        len += strlen(v->cr.status.plan.steps[i].command);
    v->cr.status.plan = (struct kc_plan_status){.digest = ""};
    v->cr.status.summary = "";
    return finish(v, KC_REFUSED, "TooLong",
                  kc_arena_printf(v->a,
                                  "the commands of the plan's %zu step%s are %zu bytes long, more than the status may "
                                  "hold with their preview (%d KiB, a command %d KiB): split the request",
                                  n, n == 1 ? "" : "s", len, (int)(KC_MAX_STATUS_BYTES / 1024),
                                  KC_MAX_COMMAND_BYTES / 1024),
                  err);
}

/* What came of planning: a plan that is shown and recorded, or the end. */
static bool conclude(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    switch (p->planned.outcome) {
    case KC_PLAN_QUESTION:
        v->cr.status.question = p->planned.question;
        v->cr.status.candidates = p->planned.candidates;
        return finish(v, KC_NEEDS_CLARIFICATION, "Ambiguous", p->planned.question, err);
    case KC_PLAN_REFUSED:
        return finish(v, KC_REFUSED, p->reason, p->planned.question, err);
    case KC_PLAN_MADE:
        break;
    }
    kc_preview_show(v, p);
    if (!kc_chatrequest_fit_status(v->a, &v->cr.status))
        return finish_unshown(v, err);
    return p->accepted ? kc_preview_record(v, p, err) : kc_preview_refused(v, p, err);
}

static bool plan_rollback(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    if (!kc_perform_rollback(v, p, err))
        return false;
    show_planner(v, p);
    return (p->planned.outcome != KC_PLAN_MADE || kc_preview_plan(v, p, err)) && conclude(v, p, err);
}

static void let_go(void *map)
{
    kc_restmap_unref(map);
}

/* A type that a command names may be as new as its CustomResourceDefinition. Asked of the server at most now and then;
 * where it does not answer, what was known stays. */
static void discover_again(struct kc_visit *v, struct kc_planning *p)
{
    struct kc_discovery *d = v->chat->cluster.discovery;
    struct kc_err ignored = {0};

    if (!kc_discovery_refresh(d, false, &ignored))
        return;
    struct kc_restmap_ref *map = kc_discovery_get(d);
    kc_arena_defer(v->a, let_go, map);
    p->restmap = kc_restmap_of(map);
}

/* A plan made of the API server's cache is kept if the preview, which reads the objects themselves, bears it out.
 * Nobody is asked back or refused before the current state has been looked at. */
static bool plan_with(struct kc_visit *v, struct kc_planning *p, int64_t *ret_wait_ms, struct kc_err *err)
{
    if (!look_and_plan(v, p, KC_LIST_CACHED, err))
        return false;
    if (p->asked.how == KC_ASKED_WAITING)
        return wait_for_model(v, p, ret_wait_ms, err);
    if (p->planned.outcome == KC_PLAN_REFUSED && v->cr.spec.commands.n)
        discover_again(v, p);
    if ((p->planned.outcome != KC_PLAN_MADE || !as_listed(p)) && !look_and_plan(v, p, KC_LIST_CURRENT, err))
        return false;
    return conclude(v, p, err);
}

bool kc_planning_begin(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    struct kc_restmap_ref *map = kc_discovery_get(v->chat->cluster.discovery);

    if (!map)
        return kc_fail(err, KC_RETRY, "DiscoveryPending", "the cluster's API has not been discovered yet");
    kc_arena_defer(v->a, let_go, map);
    p->restmap = kc_restmap_of(map);
    return true;
}

bool kc_perform_plan(struct kc_visit *v, int64_t *ret_wait_ms, struct kc_err *err)
{
    struct kc_planning p = {0};
    struct kc_err e = {0};

    if (!KC_STREQ(v->cr.spec.cluster, v->chat->cluster.name))
        return finish(v, KC_REFUSED, "UnknownCluster",
                      kc_arena_printf(v->a, "spec.context.cluster: no cluster \"%s\" is registered here; known: %s",
                                      v->cr.spec.cluster, v->chat->cluster.name),
                      err);
    if (!kc_guard_requester(&v->cr.spec.requested_by.who, &e))
        return finish(v, KC_REFUSED, "RequesterRefused", kc_arena_strdup(v->a, e.message), err);
    if (!kc_planning_begin(v, &p, err))
        return false;
    bool ok = *v->cr.spec.rollback_of ? plan_rollback(v, &p, err) : plan_with(v, &p, ret_wait_ms, err);
    if (ok && *ret_wait_ms == 0)
        kc_perform_ask_done(v);
    return ok;
}
