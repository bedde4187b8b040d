#include "controller/plan/frame.h"

#define S(slot) (UINT32_C(1) << (slot))

enum frame {
    SCALE,
    STOP,
    RESTART,
    UNDO,
    PAUSE,
    RESUME,
    HISTORY,
    STATUS,
    IMAGE,
    RESOURCES,
    ENV,
    LABEL,
    ANNOTATE,
    CORDON,
    UNCORDON,
    DRAIN,
    DELETE,
    AUTOSCALE,
    JOB,
    CREATE,
    EXPOSE,
    SUSPEND,
    GET,
    DESCRIBE,
    LOGS,
    EVENTS,
    TOP,
    DIAGNOSE,
    RIGHTS,
    EXPLAIN,
    WAIT,
    TYPES,
    VERSION,
    SELF,
    FRAMES
};

#define DESCRIBED (S(KC_SLOT_STATE) | S(KC_SLOT_SELECTOR) | S(KC_SLOT_AGE))
#define LOOKS_AT  .reads = true, .number = true, .slots = UINT32_MAX

static const struct kc_frame frames[FRAMES] = {
    [SCALE] = {"scale", .number = true, .hints = KC_H_BACK | KC_H_OFF, .plan = kc_plan_scale},
    [STOP] = {"scale", .hints = KC_H_OFF, .plan = kc_plan_stop},
    [RESTART] = {"rollout restart", .slots = DESCRIBED, .hints = KC_H_RESTART | KC_H_ROLLOUT, .plan = kc_plan_simple},
    [UNDO] = {"rollout undo", .slots = S(KC_SLOT_REVISION),
              .hints = KC_H_ROLLBACK | KC_H_RESTART | KC_H_REVISION | KC_H_TAG | KC_H_ROLLOUT | KC_H_BACK | KC_H_IMAGE,
              .plan = kc_plan_undo},
    [PAUSE] = {"rollout pause", .slots = DESCRIBED, .hints = KC_H_ROLLOUT, .plan = kc_plan_simple},
    [RESUME] = {"rollout resume", .slots = DESCRIBED, .hints = KC_H_ROLLOUT, .plan = kc_plan_simple},
    [HISTORY] = {"rollout history", LOOKS_AT, .plan = kc_plan_each},
    [STATUS] = {"rollout status", LOOKS_AT, .plan = kc_plan_each},
    [IMAGE] = {"set image", .number = true,
               .slots = S(KC_SLOT_VERSION) | S(KC_SLOT_IMAGE) | S(KC_SLOT_CONTAINER) | S(KC_SLOT_PAIR),
               .hints = KC_H_IMAGE | KC_H_TAG | KC_H_ROLLOUT | KC_H_BACK, .plan = kc_plan_image},
    [RESOURCES] = {"set resources", .number = true, .slots = S(KC_SLOT_MEMORY) | S(KC_SLOT_CPU) | S(KC_SLOT_CONTAINER),
                   .hints = KC_H_MEMORY | KC_H_CPU | KC_H_LIMIT | KC_H_REQUEST | KC_H_BACK, .plan = kc_plan_resources},
    [ENV] = {"set env", .slots = S(KC_SLOT_PAIR) | S(KC_SLOT_KEY), .hints = KC_H_ENV, .plan = kc_plan_pairs},
    [LABEL] = {"label", .slots = S(KC_SLOT_PAIR) | S(KC_SLOT_KEY) | DESCRIBED, .hints = KC_H_LABEL,
               .plan = kc_plan_pairs},
    [ANNOTATE] = {"annotate", .slots = S(KC_SLOT_PAIR) | S(KC_SLOT_KEY) | DESCRIBED, .hints = KC_H_ANNOTATION,
                  .plan = kc_plan_pairs},
    [CORDON] = {"cordon", .slots = DESCRIBED, .hints = KC_H_OUT | KC_H_SCHEDULING, .plan = kc_plan_simple},
    [UNCORDON] = {"uncordon", .slots = DESCRIBED, .hints = KC_H_INTO | KC_H_SCHEDULING | KC_H_BACK,
                  .plan = kc_plan_simple},
    [DRAIN] = {"drain", .slots = DESCRIBED, .hints = KC_H_OUT, .plan = kc_plan_drain},
    [DELETE] = {"delete", .slots = DESCRIBED, .hints = KC_H_AUTOSCALER, .plan = kc_plan_delete},
    [AUTOSCALE] = {"autoscale", .slots = S(KC_SLOT_MIN) | S(KC_SLOT_MAX) | S(KC_SLOT_PERCENT),
                   .hints = KC_H_AUTOSCALER | KC_H_CPU | KC_H_USAGE, .plan = kc_plan_autoscale},
    [JOB] = {"create job", .slots = S(KC_SLOT_NEW_NAME), .hints = KC_H_JOB, .plan = kc_plan_job},
    [CREATE] = {"create", .number = true, .slots = S(KC_SLOT_NEW_NAME) | S(KC_SLOT_PAIR) | S(KC_SLOT_IMAGE),
                .hints = KC_H_IMAGE, .plan = kc_plan_create},
    [EXPOSE] = {"expose", .slots = S(KC_SLOT_PORT) | S(KC_SLOT_TARGET_PORT) | S(KC_SLOT_NEW_NAME),
                .plan = kc_plan_expose},
    [SUSPEND] = {"patch", .slots = DESCRIBED, .hints = KC_H_JOB, .plan = kc_plan_suspend},
    [GET] = {"get", LOOKS_AT, .plan = kc_plan_get},
    [DESCRIBE] = {"describe", LOOKS_AT, .plan = kc_plan_each},
    [LOGS] = {"logs", LOOKS_AT, .plan = kc_plan_logs},
    [EVENTS] = {"events", LOOKS_AT, .plan = kc_plan_events},
    [TOP] = {"top", LOOKS_AT, .plan = kc_plan_top},
    [DIAGNOSE] = {"describe", LOOKS_AT, .plan = kc_plan_diagnose},
    [RIGHTS] = {"auth can-i", LOOKS_AT, .plan = kc_plan_rights},
    [EXPLAIN] = {"explain", LOOKS_AT, .plan = kc_plan_explain},
    [WAIT] = {"wait", LOOKS_AT, .plan = kc_plan_wait},
    [TYPES] = {"api-resources", LOOKS_AT, .plan = kc_plan_server},
    [VERSION] = {"version", LOOKS_AT, .plan = kc_plan_server},
    [SELF] = {"auth whoami", LOOKS_AT, .plan = kc_plan_server},
};

#define W(want) (UINT64_C(1) << KC_WANT_##want)
/* Verbs that say that a value changes, or that something is wanted, and leave the rest to what follows. */
#define GENERIC                                                                                                        \
    (W(SCALE) | W(SET) | W(BUMP) | W(MORE) | W(LESS) | W(NEED) | W(ADD) | W(TAKE) | W(BRING) | W(DO) | W(RUN) |        \
     W(CREATE) | W(UPGRADE) | W(TURN) | W(ENABLE))
#define AWAY           (W(REMOVE) | W(DELETE) | W(UNSET) | W(TAKE) | W(LESS))
#define LOOKS          (W(NOTHING) | W(SHOW) | W(CHECK) | W(NEED) | W(DO) | W(USE) | W(DESCRIBE) | W(DIAGNOSE))
#define NAMES_A_CHANGE (W(NOTHING) | W(DO) | W(NEED) | W(MORE) | W(SET) | W(RUN) | W(CREATE))

/* The first row counts whose verb and hints fit: all of the hints in all, one of those in any, none of those in none.
 */
static const struct {
    uint64_t wants, all, any, none;
    enum frame frame;
} senses[] = {
    /* what a verb says by itself */
    {W(CREATE) | W(SET) | W(ADD) | W(RUN) | W(SCALE) | W(NEED), KC_H_NEW, 0, 0, CREATE},
    {W(EXPOSE), 0, 0, 0, EXPOSE},
    {W(SUSPEND) | W(PAUSE) | W(RESUME) | W(ENABLE), KC_H_CRONJOB, 0, 0, SUSPEND},
    {W(RESTART), 0, 0, KC_H_CRONJOB, RESTART},
    {W(CORDON), 0, 0, 0, CORDON},
    {W(UNCORDON), 0, 0, 0, UNCORDON},
    {W(DRAIN), 0, 0, 0, DRAIN},
    {W(AUTOSCALE), 0, 0, 0, AUTOSCALE},
    {W(PAUSE), 0, 0, 0, PAUSE},
    {W(RESUME), KC_H_SCHEDULING, 0, 0, UNCORDON},
    {W(RESUME), 0, 0, 0, RESUME},
    {W(LABEL), 0, 0, 0, LABEL},
    {W(ANNOTATE), 0, 0, 0, ANNOTATE},
    /* what is taken away */
    {AWAY, KC_H_LABEL, 0, 0, LABEL},
    {AWAY, KC_H_ANNOTATION, 0, 0, ANNOTATE},
    {AWAY, 0, KC_H_ENV | KC_H_ENV_PAIR, 0, ENV},
    {W(UNSET), 0, 0, 0, ENV},
    {AWAY | W(SET) | W(BRING) | W(STOP) | W(PAUSE), KC_H_OUT, 0, 0, CORDON},
    {W(STOP), KC_H_SCHEDULING, 0, 0, CORDON},
    {W(BRING) | W(SET) | W(MORE) | W(ADD) | W(RUN) | W(TAKE), KC_H_INTO, 0, 0, UNCORDON},
    {W(BRING) | W(SET), KC_H_NODE | KC_H_BACK, 0, KC_H_AMOUNT, UNCORDON},
    {W(RUN) | W(SET) | W(ENABLE), KC_H_SCHEDULING, 0, 0, UNCORDON},
    {W(SUSPEND), KC_H_SCHEDULING, 0, 0, CORDON},
    {W(REMOVE) | W(DELETE), 0, KC_H_AUTOSCALER, 0, DELETE},
    {W(DELETE), 0, 0, KC_H_AMOUNT, DELETE},
    {W(REMOVE), 0, 0, KC_H_AMOUNT, DELETE},
    {W(KILL), 0, KC_H_PODS | KC_H_STATE | KC_H_JOB | KC_H_POD_NAMES, KC_H_AMOUNT, DELETE},
    /* rollouts */
    {W(STOP), KC_H_ROLLOUT, 0, 0, PAUSE},
    {W(RUN), KC_H_ROLLOUT, 0, 0, RESUME},
    {W(TURN) | W(TAKE) | W(BRING) | W(SET), KC_H_OFF, 0, KC_H_AMOUNT | KC_H_JOB | KC_H_CRONJOB | KC_H_NODE, STOP},
    {W(STOP), KC_H_CRONJOB, 0, KC_H_AMOUNT, SUSPEND},
    {W(STOP), 0, 0, KC_H_AMOUNT | KC_H_JOB | KC_H_CRONJOB | KC_H_NODE | KC_H_AUTOSCALER, STOP},
    {W(UNDO) | W(ROLL) | W(BRING) | W(SET) | W(TAKE) | W(UPGRADE) | W(NEED), KC_H_REVISION, 0, KC_H_PAIR, UNDO},
    {W(UNDO), KC_H_NEW_IMAGE, 0, 0, IMAGE},
    {W(UNDO), 0, 0, KC_H_AMOUNT | KC_H_LABEL | KC_H_ANNOTATION | KC_H_AUTOSCALER | KC_H_NODE | KC_H_JOB | KC_H_CRONJOB,
     UNDO},
    {W(ROLL), KC_H_NEW_IMAGE, 0, 0, IMAGE},
    {W(ROLL), KC_H_BACK, 0, KC_H_AMOUNT, UNDO},
    {W(ROLL), 0, 0, KC_H_AMOUNT | KC_H_BACK, RESTART},
    {NAMES_A_CHANGE, KC_H_ROLLBACK, 0, 0, UNDO},
    {NAMES_A_CHANGE, KC_H_RESTART, 0, KC_H_CRONJOB, RESTART},
    {W(RUN) | W(CREATE) | W(DO) | W(NEED), 0, KC_H_CRONJOB, 0, JOB},
    {W(RUN) | W(CREATE), KC_H_JOB, 0, KC_H_AMOUNT, JOB},
    /* values */
    {GENERIC, 0, KC_H_AUTOSCALER, 0, AUTOSCALE},
    {GENERIC, KC_H_LABEL, 0, 0, LABEL},
    {GENERIC, KC_H_ANNOTATION, 0, 0, ANNOTATE},
    {GENERIC, 0, KC_H_ENV | KC_H_ENV_PAIR, 0, ENV},
    {GENERIC & ~W(CREATE), 0, KC_H_MEMORY | KC_H_CPU | KC_H_MEASURE | KC_H_LIMIT, 0, RESOURCES},
    {(GENERIC | W(SHIP)) & ~W(CREATE), 0, KC_H_IMAGE | KC_H_TAG | KC_H_NEW_IMAGE, 0, IMAGE},
    {W(UPGRADE), KC_H_AMOUNT, 0, KC_H_PODS, IMAGE},
    {W(SHIP), KC_H_AMOUNT, 0, KC_H_PODS, IMAGE},
    {W(SHIP), 0, 0, KC_H_AMOUNT | KC_H_PODS, IMAGE},
    {W(UPGRADE), 0, 0, KC_H_PODS, IMAGE},
    {GENERIC | W(REMOVE) | W(SHIP), 0, 0, KC_H_PAIR | KC_H_LOGS | KC_H_EVENTS | KC_H_DETAILS | KC_H_STATUS | KC_H_USAGE,
     SCALE},
    {W(NOTHING), KC_H_MEASURE, KC_H_LIMIT | KC_H_REQUEST, 0, RESOURCES},
    {W(NOTHING), KC_H_NEW_IMAGE, KC_H_IMAGE | KC_H_TAG, 0, IMAGE},
    {W(NOTHING), KC_H_PAIR, KC_H_ENV | KC_H_ENV_PAIR, 0, ENV},
    {W(NOTHING), KC_H_AMOUNT, 0, KC_H_LOGS | KC_H_EVENTS | KC_H_USAGE, SCALE},
    {W(SHOW), KC_H_MORE, 0, KC_H_LOGS | KC_H_EVENTS | KC_H_DETAILS, SCALE},
    {W(NOTHING), KC_H_OUT | KC_H_NODE, 0, 0, CORDON},
    {W(NOTHING), KC_H_INTO | KC_H_NODE, 0, 0, UNCORDON},
    /* reads */
    {W(MAY), 0, 0, 0, RIGHTS},
    {W(WAIT), 0, 0, 0, WAIT},
    {LOOKS | W(EXPLAIN), KC_H_FIELD, 0, KC_H_NAMED, EXPLAIN},
    {LOOKS | W(EXPLAIN), KC_H_FIELDS, 0, KC_H_NAMED, EXPLAIN},
    {W(EXPLAIN), KC_H_ONLY_TYPE, 0, 0, EXPLAIN},
    {LOOKS, KC_H_TYPES, 0, 0, TYPES},
    {LOOKS, KC_H_VERSION, 0, KC_H_NAMED, VERSION},
    {LOOKS, KC_H_SELF, 0, 0, SELF},
    {LOOKS, 0, KC_H_YAML | KC_H_JSON, 0, GET},
    {W(DIAGNOSE) | W(EXPLAIN), 0, 0, KC_H_LOGS | KC_H_EVENTS, DIAGNOSE},
    {W(SHOW) | W(CHECK) | W(NOTHING) | W(DESCRIBE) | W(NEED), KC_H_TROUBLE, 0, KC_H_LOGS | KC_H_EVENTS, DIAGNOSE},
    {W(SHOW) | W(CHECK), KC_H_AUTOSCALER, 0, 0, GET},
    {LOOKS, KC_H_LOGS, 0, 0, LOGS},
    {LOOKS, KC_H_EVENTS, 0, 0, EVENTS},
    {LOOKS, KC_H_HISTORY, 0, 0, HISTORY},
    {LOOKS, KC_H_REVISION, 0, 0, HISTORY},
    {W(DESCRIBE), 0, 0, 0, DESCRIBE},
    {LOOKS, KC_H_DETAILS, 0, 0, DESCRIBE},
    {LOOKS, 0, KC_H_USAGE, 0, TOP},
    {LOOKS, 0, KC_H_MEMORY | KC_H_CPU, KC_H_LIMIT | KC_H_REQUEST, TOP},
    {LOOKS, KC_H_IMAGE, 0, KC_H_NAMED, GET},
    {LOOKS, 0, KC_H_LIMIT | KC_H_REQUEST | KC_H_ENV | KC_H_IMAGE | KC_H_TAG | KC_H_LABEL | KC_H_ANNOTATION, 0,
     DESCRIBE},
    {LOOKS, KC_H_ROLLOUT, 0, 0, STATUS},
    {W(SHOW) | W(CHECK) | W(USE), 0, 0, 0, GET},
    {W(NOTHING), 0,
     KC_H_STATE | KC_H_STATUS | KC_H_WHERE | KC_H_PODS | KC_H_NODE | KC_H_AUTOSCALER | KC_H_JOB | KC_H_TARGET, 0, GET},
};

bool kc_clause_speaks(const struct kc_clause *c)
{
    return c->verb || c->hints || c->has_amount || (c->asks && (c->ns || c->everywhere)) || c->n_targets ||
           c->n_kinds || c->pods || c->suffix;
}

/* "job hotfix-1" is made of a CronJob; what else is named anew is made of words alone. */
static uint64_t hint_of_new(const struct kc_clause *c)
{
    const struct kc_lexeme *named = kc_clause_slot(c, KC_SLOT_NEW_NAME);
    const struct kc_mapping *type = !named ? NULL : named->kind ? named->kind : c->n_kinds ? c->kinds[0] : NULL;
    if (!named)
        return 0;
    return !type || KC_STREQ(type->kind, "Job") || KC_STREQ(type->kind, "CronJob") ? KC_H_JOB : KC_H_NEW;
}

/* What the values and objects of a clause hint at. */
static uint64_t hints_of(const struct kc_clause *c)
{
    static const struct {
        enum kc_slot slot;
        uint64_t hints;
    } slots[] = {
        {KC_SLOT_VERSION, KC_H_NEW_IMAGE}, {KC_SLOT_IMAGE, KC_H_NEW_IMAGE}, {KC_SLOT_MEMORY, KC_H_MEASURE},
        {KC_SLOT_CPU, KC_H_MEASURE},       {KC_SLOT_PAIR, KC_H_PAIR},       {KC_SLOT_REVISION, KC_H_REVISION},
        {KC_SLOT_MIN, KC_H_AUTOSCALER},    {KC_SLOT_MAX, KC_H_AUTOSCALER},  {KC_SLOT_PERCENT, KC_H_AUTOSCALER},
        {KC_SLOT_TAIL, KC_H_LOGS},         {KC_SLOT_PREVIOUS, KC_H_LOGS},   {KC_SLOT_FIELD, KC_H_FIELD},
    };
    uint64_t hints = c->hints;
    bool own = (hints & ~(KC_H_NODE | KC_H_BACK | KC_H_STATE)) != 0;
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (kc_clause_slot(c, slots[i].slot))
            hints |= slots[i].hints;
    for (size_t i = 0; i < c->n_slots; i++)
        if ((c->slots[i]->slot == KC_SLOT_PAIR || c->slots[i]->slot == KC_SLOT_KEY) && c->slots[i]->text[0] >= 'A' &&
            c->slots[i]->text[0] <= 'Z')
            hints |= KC_H_ENV_PAIR;
    hints |= c->has_amount || c->more ? KC_H_AMOUNT : 0;
    bool becomes = c->has_amount && c->role == KC_ROLE_TO && c->verb && c->verb->wish; /* "get search to 6" */
    hints |= c->more || becomes ? KC_H_MORE : 0;
    hints |= c->n_targets ? KC_H_NAMED : 0;
    hints |= c->n_targets && c->named_pods == c->n_targets ? KC_H_POD_NAMES : 0;
    hints |= (c->n_kinds || c->pods) && !c->n_targets && !c->all && !(c->hints & KC_H_STATE) ? KC_H_ONLY_TYPE : 0;
    hints |= hint_of_new(c);
    hints |= c->n_targets || c->n_kinds || c->suffix || c->asks ? KC_H_TARGET : 0;
    /* "the memory of web to 1Gi and cart to 2Gi" */
    return own ? hints : hints | (c->lent_hints & ~(KC_H_NODE | KC_H_CRONJOB | KC_H_STATE | KC_H_PODS));
}

/* "is node-3 out of rotation" is no request to take it out. */
static bool fits_mood(const struct kc_clause *c, const struct kc_frame *f)
{
    return f->reads || c->verb || (!c->asks && !c->states);
}

/* A value without a verb ("basket 2.3.2 out") is no wish to look. */
static bool says_value(const struct kc_clause *c, uint64_t hints)
{
    return !c->verb && !c->asks && hints & (KC_H_NEW_IMAGE | KC_H_MEASURE | KC_H_ENV_PAIR | KC_H_OUT | KC_H_INTO);
}

const struct kc_frame *kc_frame_of(const struct kc_clause *c)
{
    uint64_t hints = hints_of(c), want = UINT64_C(1) << kc_clause_want(c);
    if (!kc_clause_speaks(c))
        return NULL;
    for (size_t i = 0; i < sizeof senses / sizeof *senses; i++)
        if (senses[i].wants & want && (hints & senses[i].all) == senses[i].all &&
            (!senses[i].any || hints & senses[i].any) && !(hints & senses[i].none) &&
            fits_mood(c, &frames[senses[i].frame]))
            return says_value(c, hints) && frames[senses[i].frame].reads ? NULL : &frames[senses[i].frame];
    return NULL;
}

struct kc_pick kc_frame_pick(const struct kc_frame *f)
{
    bool spec = f->plan == kc_plan_delete || f->reads || f->slots & S(KC_SLOT_KEY);
    return (struct kc_pick){.verb = kc_verb_find(f->verb), .owned = spec && f->plan != NULL, .reads = f->reads};
}

/* A noun that the verb has no use for: "delete the logs of web" is not "delete web". */
static void check_nouns(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    for (size_t i = 0; i < r->words.n; i++) {
        const struct kc_lexeme *l = &r->words.v[i];
        bool inside = l->at >= c->at && l->end <= c->end;
        if (inside && l->part == KC_W_NOUN && l->word->hints & ~f->hints)
            kc_answer_ask(r->a, r->ret, "\"%s\": kubectl %s has no use for \"%s\": what is meant?",
                          kc_reading_quote(r, c->at, c->end), f->verb, l->raw);
    }
}

/* A value that the verb has no use for: "restart web with 512Mi". */
static bool check_values(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    for (size_t i = 0; i < c->n_slots; i++) {
        const struct kc_lexeme *s = c->slots[i];
        enum kc_slot slot = s->part == KC_W_STATE ? KC_SLOT_STATE : s->slot;
        if (!(f->slots & S(slot)))
            kc_answer_ask(r->a, r->ret, "\"%s\": kubectl %s has no use for \"%s\": what is meant?",
                          kc_reading_quote(r, c->at, c->end), f->verb, s->raw);
    }
    check_nouns(r, f, c);
    if (!f->number && (c->has_amount || c->has_from || c->more))
        kc_answer_ask(r->a, r->ret, "\"%s\": kubectl %s has no use for a number: what is meant?",
                      kc_reading_quote(r, c->at, c->end), f->verb);
    if (c->n_kinds && c->n_targets && !kc_clause_describes(c))
        kc_answer_ask(r->a, r->ret, "\"%s\" speaks of %s and of an object besides: which is meant?",
                      kc_reading_quote(r, c->at, c->end), c->kinds[0]->resource);
    if (c->everywhere)
        kc_answer_ask(r->a, r->ret,
                      "changes are made in the namespaces of the request (spec.context.namespaces: %s): name them "
                      "there",
                      kc_words_join(r->a, &r->in->namespaces, 8));
    return !kc_reading_done(r);
}

void kc_frame_plan(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    if (!kc_verb_find(f->verb)) {
        kc_answer_refuse(r->a, r->ret, "\"%s\" asks for kubectl %s, which this version cannot do; %s",
                         kc_reading_quote(r, c->at, c->end), f->verb, kc_reading_can);
        return;
    }
    if (f->reads || check_values(r, f, c))
        f->plan(r, f, c);
}
