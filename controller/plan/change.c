/* Steps that change something, each for the objects of a clause. */
#include <string.h>

#include "controller/base/clock.h"
#include "controller/plan/frame.h"

#define FLAGS(f)     (f), sizeof(f) / sizeof *(f)
#define MAX_JOB_NAME 63

static const char *value(const struct kc_clause *c, enum kc_slot slot)
{
    const struct kc_lexeme *s = kc_clause_slot(c, slot);
    return s ? s->text : NULL;
}

static const char *quote(const struct kc_reading *r, const struct kc_clause *c)
{
    return kc_reading_quote(r, c->at, c->end);
}

void kc_plan_simple(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], NULL, 0, NULL, chosen.how);
}

static bool has_daemons(const struct kc_reading *r, const struct kc_object *node)
{
    for (size_t i = 0; i < r->in->inventory->n; i++) {
        const struct kc_object *o = &r->in->inventory->v[i];
        if (KC_STREQ(o->owner_kind, "DaemonSet") && KC_STREQ(o->node, node->name))
            return true;
    }
    return false;
}

/* Pods of DaemonSets come back at once wherever they are: with one on the node, kubectl drains only when told to leave
 * them. */
void kc_plan_drain(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++) {
        bool daemons = has_daemons(r, chosen.v[i]);
        struct kc_flag_value leave = {"ignore-daemonsets", daemons ? "true" : NULL};
        const char *how = daemons ? "pods of DaemonSets stay" : chosen.how;
        kc_frame_step_on(r, f->verb, c, chosen.v[i], &leave, 1, NULL, how);
    }
}

void kc_plan_undo(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const char *revision = value(c, KC_SLOT_REVISION);
    if (c->counts && !c->pods) {
        kc_answer_ask(
            r->a, r->ret,
            "\"%s\": kubectl rollout undo brings back the pods as they were, not their number: to how many replicas?",
            quote(r, c));
        return;
    }
    struct kc_flag_value to = {"to-revision", *kc_or(revision, "") ? revision : NULL};
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], &to, 1, NULL, to.value ? "" : "to the revision before");
}

static const char *has_replicas(struct kc_reading *r, const struct kc_object *o)
{
    return o->replicas < 0 ? "replicas unknown"
                           : kc_arena_printf(r->a, "%d replica%s", o->replicas, o->replicas == 1 ? "" : "s");
}

static bool satisfied(const struct kc_reading *r, const struct kc_object *o)
{
    for (size_t i = 0; i < r->n_satisfied; i++)
        if (r->satisfied[i] == o)
            return true;
    return false;
}

/* Objects that have the number already: nothing to do, but said (planner.c). */
static void scale(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o, int32_t n,
                  const char *how)
{
    struct kc_flag_value replicas = {"replicas", kc_arena_printf(r->a, "%d", n)};
    if (satisfied(r, o))
        kc_answer_ask(r->a, r->ret, "%s is spoken of more than once: to how many replicas should it be scaled?",
                      kc_object_show(r->a, o));
    else if (n == o->replicas && r->n_satisfied < KC_MAX_STEPS)
        r->satisfied[r->n_satisfied++] = o;
    else
        kc_frame_step_on(r, "scale", c, o, &replicas, 1, NULL,
                         kc_arena_printf(r->a, "%s%s%s", has_replicas(r, o), *how ? "; " : "", how));
}

void kc_plan_scale(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    if (c->verb && (c->verb->removes || c->verb->creates) && !c->lent && !c->has_amount && !c->more) {
        kc_answer_ask(r->a, r->ret, "\"%s\" names no number of replicas: what should be done? %s", quote(r, c),
                      kc_reading_can);
        return;
    }
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n && !kc_reading_done(r); i++) {
        int32_t n;
        const char *how;
        if (kc_clause_replicas(r, c, chosen.v[i], &n, &how))
            scale(r, c, chosen.v[i], n, how);
    }
}

void kc_plan_stop(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        scale(r, c, chosen.v[i], 0, "off: no replicas");
}

/* "app=web" of an operand that takes the value away is "app-". */
static struct kc_strs operands_of(struct kc_reading *r, const struct kc_clause *c)
{
    struct kc_strs out = {0};
    for (size_t i = 0; i < c->n_slots; i++) {
        const struct kc_lexeme *s = c->slots[i];
        if (s->part == KC_W_SLOT && s->slot == KC_SLOT_PAIR)
            kc_strs_append(r->a, &out, s->text);
        else if (s->part == KC_W_SLOT && s->slot == KC_SLOT_KEY)
            kc_strs_append(r->a, &out, kc_arena_printf(r->a, "%s-", s->text));
    }
    return out;
}

void kc_plan_pairs(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    static const uint64_t sets = UINT64_C(1) << KC_WANT_SET | UINT64_C(1) << KC_WANT_UPGRADE;
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_strs operands = operands_of(r, c);
    struct kc_chosen chosen;
    bool env = KC_STREQ(f->verb, "set env");
    bool overwrite = !env && value(c, KC_SLOT_PAIR) && c->verb && (c->verb->overwrites || sets >> c->verb->want & 1);
    struct kc_flag_value flag = {"overwrite", overwrite ? "true" : NULL};
    if (!operands.n) {
        kc_answer_ask(r->a, r->ret, "\"%s\": which %s, and which value? Write KEY=VALUE", quote(r, c),
                      env                          ? "variable"
                      : KC_STREQ(f->verb, "label") ? "label"
                                                   : "annotation");
        return;
    }
    /* "label pods with app=web with batch=1": which of them chooses? */
    if (kc_clause_describes(c) && operands.n > 1) {
        kc_answer_ask(r->a, r->ret,
                      "\"%s\": which of these is to be set, and which chooses the objects? Say \"labelled KEY=VALUE\" "
                      "of what chooses",
                      quote(r, c));
        return;
    }
    if (!kc_choose(r, c, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], &flag, 1, &operands, chosen.how);
}

void kc_plan_autoscale(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_flag_value flags[] = {
        {"min", value(c, KC_SLOT_MIN)}, {"max", value(c, KC_SLOT_MAX)}, {"cpu-percent", value(c, KC_SLOT_PERCENT)}};
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    struct kc_clause clause = *c;
    /* "an hpa for web": the autoscaler is what is made, web what is scaled. */
    for (size_t i = 0; i < clause.n_targets; i++)
        if (clause.targets[i].type && KC_STREQ(clause.targets[i].type->kind, "HorizontalPodAutoscaler"))
            clause.targets[i].type = NULL;
    if (!flags[1].value) {
        kc_answer_ask(r->a, r->ret, "\"%s\": between how many replicas at least and at most?", quote(r, c));
        return;
    }
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], FLAGS(flags), NULL, chosen.how);
}

/* "nightly-backup-manual-t3x9k1": seconds in base 36, chosen once and part of the plan. */
static const char *job_name(struct kc_reading *r, const char *cronjob)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    int64_t s = (r->in->now_ms ? r->in->now_ms : kc_unix_ms()) / KC_SECOND_MS;
    char suffix[16];
    size_t at = sizeof suffix;
    suffix[--at] = '\0';
    do
        suffix[--at] = digits[s % 36];
    while ((s /= 36) > 0);
    int room = MAX_JOB_NAME - (int)(strlen("-manual-") + strlen(suffix + at));
    return kc_arena_printf(r->a, "%.*s-manual-%s", room, cronjob, suffix + at);
}

void kc_plan_job(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_restmap *map = r->in->inventory->restmap;
    const struct kc_mapping *jobs = kc_restmap_find(map, "jobs"), *cronjobs = kc_restmap_find(map, "cronjobs");
    const char *named = value(c, KC_SLOT_NEW_NAME);
    struct kc_pick pick = {0};
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    for (size_t i = 0; i < clause.n_targets; i++)
        clause.targets[i].type = cronjobs;
    if (!jobs || !cronjobs || !kc_choose(r, &clause, &pick, &chosen))
        return;
    if (named && chosen.n > 1)
        kc_answer_ask(r->a, r->ret, "\"%s\": one name for %zu jobs: ask for one at a time", quote(r, c), chosen.n);
    for (size_t i = 0; i < chosen.n; i++) {
        const struct kc_object *o = chosen.v[i];
        struct kc_target t = kc_target_of(jobs, o->ns, named ? named : job_name(r, o->name));
        struct kc_flag_value from = {"from", kc_arena_printf(r->a, "cronjob/%s", o->name)};
        kc_frame_step(r, f->verb, c, &t, &from, 1, NULL,
                      named ? "" : kc_arena_printf(r->a, "from CronJob %s; the name is chosen", o->name));
    }
}

/* "clear node-2": whether what runs there is to go, or the node. */
static void check_tidying(struct kc_reading *r, const struct kc_clause *c, const struct kc_chosen *chosen)
{
    for (size_t i = 0; c->verb && c->verb->tidies && i < chosen->n; i++)
        if (KC_STREQ(chosen->v[i]->mapping->kind, "Node"))
            kc_answer_ask(r->a, r->ret,
                          "\"%s\": is the node to lose its pods (\"drain %s\"), or to be deleted (\"delete node "
                          "%s\")?",
                          quote(r, c), chosen->v[i]->name, chosen->v[i]->name);
}

void kc_plan_delete(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    for (size_t i = 0; c->hints & KC_H_AUTOSCALER && i < clause.n_targets; i++)
        if (!clause.targets[i].type)
            clause.targets[i].type = kc_restmap_find(r->in->inventory->restmap, "horizontalpodautoscalers");
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    check_tidying(r, c, &chosen);
    /* "the web pod" of several */
    if (c->pods && !c->plural && chosen.n > 1 && *chosen.how && !c->all) {
        for (size_t i = 0; i < chosen.n; i++)
            kc_answer_candidate(r->a, r->ret, chosen.v[i]);
        kc_answer_ask(r->a, r->ret, "\"%s\" is %s: which one is meant?", quote(r, c), chosen.how);
    }
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], NULL, 0, NULL, chosen.how);
}
