/* What is not there yet: its name, and the steps that make it; a Service in front of what is; CronJobs held and let go.
 */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/plan/frame.h"

/* What can be made of words alone. image: it needs one, and takes no other value without. */
static const struct made {
    const char *kind, *verb, *flag; /* flag: takes KEY=VALUE; NULL: no */
    bool image, replicas;
} mades[] = {
    {"Namespace", "create namespace", NULL, false, false},
    {"ConfigMap", "create configmap", "from-literal", false, false},
    {"ServiceAccount", "create serviceaccount", NULL, false, false},
    {"Deployment", "create deployment", NULL, true, true},
    {"Pod", "run", "env", true, false},
};

static const struct made *made_of(const struct kc_mapping *m)
{
    for (size_t i = 0; m && i < sizeof mades / sizeof *mades; i++)
        if (KC_STREQ(mades[i].kind, m->kind))
            return &mades[i];
    return NULL;
}

/* The type that the word says; NULL: none that can be made of words. */
static const struct kc_mapping *type_of(const struct kc_reading *r, const struct kc_lexeme *l)
{
    const struct kc_restmap *map = r->in->inventory->restmap;
    if (l->part == KC_W_NAMESPACE)
        return kc_restmap_find(map, "namespaces");
    if (l->part == KC_W_POD && l->word->num == 1)
        return kc_restmap_find(map, "pods");
    if (l->part == KC_W_KIND && KC_STREQ(l->kind->kind, "Job"))
        return l->kind;
    return l->part == KC_W_KIND && !l->plural && made_of(l->kind) ? l->kind : NULL;
}

/* "make", "put": as common where nothing is made; an article has to follow. */
static bool creates(const struct kc_reading *r, size_t i)
{
    static const char *const verbs[] = {"create",  "provision", "spawn", "set up",     "make",
                                        "add",     "run",       "start", "launch",     "spin",
                                        "spin up", "need",      "want",  "would like", "i'd like"};
    while (i > 0 && (kc_reading_part(r, i - 1) == KC_W_ARTICLE || kc_reading_part(r, i - 1) == KC_W_FILLER ||
                     kc_reading_part(r, i - 1) == KC_W_DIRECTION || kc_reading_part(r, i - 1) == KC_W_PERSON))
        i--;
    const struct kc_lexeme *l = kc_reading_at(r, i ? i - 1 : r->words.n);
    for (size_t v = 0; l->part == KC_W_VERB && v < sizeof verbs / sizeof *verbs; v++)
        if (KC_STREQ(l->raw, verbs[v]) || KC_STREQ(l->text, verbs[v]))
            return true;
    return false;
}

/* A word that may be a name; behind "called" it is one, whatever it means elsewhere. */
static bool is_new(const struct kc_reading *r, size_t i)
{
    enum kc_part p = kc_reading_part(r, i);
    bool called = i > 0 && kc_reading_part(r, i - 1) == KC_W_NAMED;
    bool word = p == KC_W_FILLER || p == KC_W_NOUN || p == KC_W_STATE || p == KC_W_TIME || p == KC_W_VERB;
    return p == KC_W_UNKNOWN || p == KC_W_VERSION || (called && word && !strchr(kc_reading_at(r, i)->raw, ' '));
}

/* "namespace load-test", "job hotfix-1", "configmap called x": type and name become the name of what is made. */
static bool read_typed(struct kc_reading *r, size_t i)
{
    const struct kc_mapping *type = type_of(r, kc_reading_at(r, i));
    size_t name = i + 1;
    bool job = type && KC_STREQ(type->kind, "Job");
    if (!type || !(job ? kc_reading_wants(r, i, KC_WANT_CREATE) || kc_reading_wants(r, i, KC_WANT_RUN) : creates(r, i)))
        return false;
    while (kc_reading_part(r, name) == KC_W_NAMED)
        name++;
    bool noun = kc_reading_part(r, name) == KC_W_NOUN && kc_reading_part(r, name + 1) == KC_W_LINK;
    if (!is_new(r, name) && !noun) /* "configmap limits with max=10" */
        return false;
    kc_reading_fill(r, i, name + 1 - i, KC_SLOT_NEW_NAME, kc_reading_at(r, name)->text)->kind = type;
    return true;
}

/* "called hotfix-1", wherever it stands. */
static void read_called(struct kc_reading *r, size_t i)
{
    bool makes = kc_reading_wants(r, i, KC_WANT_CREATE) || kc_reading_wants(r, i, KC_WANT_RUN) ||
                 kc_reading_wants(r, i, KC_WANT_EXPOSE);
    if (makes && kc_reading_part(r, i) == KC_W_NAMED && is_new(r, i + 1))
        kc_reading_fill(r, i, 2, KC_SLOT_NEW_NAME, kc_reading_at(r, i + 1)->text);
}

void kc_reading_new_names(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        if (!read_typed(r, i))
            read_called(r, i);
        struct kc_lexeme *l = &r->words.v[i];
        if (l->part != KC_W_NAMESPACE)
            continue;
        l->part = KC_W_KIND; /* "list ns": no place */
        l->kind = kc_restmap_find(r->in->inventory->restmap, "namespaces");
        l->plural = true;
    }
}

/* "port 80", "target port 8080", "--port=80", and "on 80" of what is exposed. */
void kc_reading_ports(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        const struct kc_lexeme *l = kc_reading_at(r, i);
        bool noun = l->part == KC_W_NOUN && l->word->hints & (KC_H_PORT | KC_H_TARGET_PORT);
        bool on = l->part == KC_W_LINK && KC_STREQ(l->text, "on") && kc_reading_wants(r, i, KC_WANT_EXPOSE);
        size_t at = i + 1;
        while (noun && (kc_reading_part(r, at) == KC_W_EQUALS || kc_reading_part(r, at) == KC_W_TO))
            at++;
        const struct kc_lexeme *n = kc_reading_at(r, at);
        if ((!noun && !on) || n->part != KC_W_NUMBER || n->quantity.unit != KC_UNIT_COUNT || n->quantity.sign ||
            n->quantity.den != 1)
            continue;
        enum kc_slot slot = noun && l->word->hints & KC_H_TARGET_PORT ? KC_SLOT_TARGET_PORT : KC_SLOT_PORT;
        const char *text = kc_arena_printf(r->a, "%lld", (long long)n->quantity.num);
        kc_reading_fill(r, i, at + 1 - i, slot, text);
    }
}

static const char *value(const struct kc_clause *c, enum kc_slot slot)
{
    const struct kc_lexeme *s = kc_clause_slot(c, slot);
    return s ? s->text : NULL;
}

/* The one namespace that it is made in. NULL: it asks. */
static const char *place_of(struct kc_reading *r, const struct kc_clause *c, const char *what)
{
    struct kc_strs spaces = kc_clause_namespaces(r, c);
    if (c->ns && !kc_strs_has(&r->in->namespaces, c->ns))
        kc_reading_ask_place(r, c->at, c->end, c->ns);
    else if (spaces.n != 1)
        kc_answer_ask(r->a, r->ret, "in which namespace should %s be made: %s?", what, kc_words_join(r->a, &spaces, 8));
    return kc_reading_done(r) ? NULL : spaces.v[0];
}

static struct kc_strs pairs_of(struct kc_reading *r, const struct kc_clause *c)
{
    struct kc_strs out = {0};
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part == KC_W_SLOT && c->slots[i]->slot == KC_SLOT_PAIR)
            kc_strs_append(r->a, &out, c->slots[i]->text);
    return out;
}

/* What a value is said for that cannot be given in this way: asked about rather than dropped. */
static bool check_made(struct kc_reading *r, const struct kc_clause *c, const struct made *m, const char *name)
{
    bool plain = c->amount.unit == KC_UNIT_COUNT && !c->amount.sign && c->amount.den == 1 && !c->more && !c->has_from;
    const char *image = value(c, KC_SLOT_IMAGE);
    const char *quoted = kc_reading_quote(r, c->at, c->end);
    if (m->image && !image)
        kc_answer_ask(r->a, r->ret, "\"%s\": of which image should %s be made? Say \"with image NAME:TAG\"", quoted,
                      name);
    else if ((!m->image && image) || (!m->flag && pairs_of(r, c).n) || (c->has_amount && !(m->replicas && plain)) ||
             c->n_targets)
        kc_answer_ask(r->a, r->ret, "\"%s\": kubectl %s has no use for all of it: what is meant?", quoted, m->verb);
    return !kc_reading_done(r);
}

void kc_plan_create(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_lexeme *named = kc_clause_slot(c, KC_SLOT_NEW_NAME);
    const struct kc_mapping *type = named && named->kind ? named->kind : kc_clause_type(r, c);
    const struct made *m = made_of(type);
    struct kc_strs pairs = pairs_of(r, c);
    KC_BUF_SCOPE list = {0};
    (void)f;
    if (!m || !named) {
        kc_answer_ask(r->a, r->ret, "\"%s\": what should be made, and what should it be called?",
                      kc_reading_quote(r, c->at, c->end));
        return;
    }
    const char *ns = type->namespaced ? place_of(r, c, named->text) : "";
    if (!ns || !check_made(r, c, m, named->text))
        return;
    for (size_t i = 0; i < pairs.n; i++)
        kc_buf_printf(&list, "%s%s", i ? KC_LIST_SEPARATOR : "", pairs.v[i]);
    struct kc_target t = kc_target_of(type, ns, named->text);
    struct kc_flag_value flags[] = {
        {kc_or(m->flag, "env"), pairs.n ? kc_buf_str(&list) : NULL},
        {"image", m->image ? value(c, KC_SLOT_IMAGE) : NULL},
        {"replicas", c->has_amount ? kc_arena_printf(r->a, "%lld", (long long)c->amount.num) : NULL}};
    if (kc_resolve_exists(r->in->inventory, &t))
        kc_answer_ask(r->a, r->ret, "there is %s already: what should be done with it?", kc_target_show(r->a, &t));
    else
        kc_frame_step(r, m->verb, c, &t, flags, sizeof flags / sizeof *flags, NULL, "");
}

void kc_plan_expose(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_flag_value flags[] = {{"port", value(c, KC_SLOT_PORT)},
                                    {"target-port", value(c, KC_SLOT_TARGET_PORT)},
                                    {"name", value(c, KC_SLOT_NEW_NAME)}};
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    clause.pods = false;
    if (!flags[0].value)
        kc_answer_ask(r->a, r->ret, "\"%s\": on which port? Say \"on port 80\"", kc_reading_quote(r, c->at, c->end));
    if (kc_reading_done(r) || !kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], flags, sizeof flags / sizeof *flags, NULL, chosen.how);
}

/* A CronJob that is held starts no more Jobs; what runs goes on. kubectl has no verb for it. */
void kc_plan_suspend(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    bool on = kc_clause_want(c) != KC_WANT_RESUME && kc_clause_want(c) != KC_WANT_ENABLE;
    struct kc_flag_value flags[] = {{"type", "merge"},
                                    {"patch", on ? "{\"spec\":{\"suspend\":true}}" : "{\"spec\":{\"suspend\":false}}"}};
    struct kc_pick pick = {.verb = kc_verb_find(f->verb)};
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    for (size_t i = 0; i < clause.n_targets; i++)
        if (!clause.targets[i].type)
            clause.targets[i].type = kc_restmap_find(r->in->inventory->restmap, "cronjobs");
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n; i++)
        kc_frame_step_on(r, f->verb, c, chosen.v[i], flags, 2, NULL, on ? "no more jobs are started" : "");
}
