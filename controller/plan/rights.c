/* "am I allowed to delete pods", "can I drain nodes": what the one who asks may do (auth can-i). */
#include <string.h>

#include "controller/plan/frame.h"

/* The API's verb for what the words ask about; read for "can I see the logs". The first row that fits counts. */
static const struct right {
    const char *words; /* " word " each; NULL: any verb with that want */
    enum kc_want want;
    const char *verb, *subresource;
} rights[] = {
    {" list ", KC_WANT_NOTHING, "list", NULL},
    {" watch follow track ", KC_WANT_NOTHING, "watch", NULL},
    {" exec ", KC_WANT_NOTHING, "create", "exec"},
    {" evict ", KC_WANT_NOTHING, "create", "eviction"},
    {" edit patch replace rename ", KC_WANT_NOTHING, "patch", NULL},
    {NULL, KC_WANT_DELETE, "delete", NULL},
    {NULL, KC_WANT_REMOVE, "delete", NULL},
    {NULL, KC_WANT_KILL, "delete", NULL},
    {NULL, KC_WANT_CREATE, "create", NULL},
    {NULL, KC_WANT_ADD, "create", NULL},
    {NULL, KC_WANT_RUN, "create", NULL},
    {NULL, KC_WANT_SCALE, "patch", "scale"},
    {NULL, KC_WANT_SHOW, "get", NULL},
    {NULL, KC_WANT_CHECK, "get", NULL},
    {NULL, KC_WANT_DESCRIBE, "get", NULL},
};
/* Whatever else changes an object patches it. */
static const struct right patch = {NULL, KC_WANT_NOTHING, "patch", NULL};

static const struct right *right_of(struct kc_arena *a, const struct kc_lexeme *l)
{
    const char *padded = kc_arena_printf(a, " %s ", l->text);
    enum kc_want want = l->part == KC_W_VERB ? l->word->want : KC_WANT_NOTHING;
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
        if (rights[i].words ? strstr(rights[i].words, padded) != NULL : rights[i].want == want)
            return &rights[i];
    return want && want < KC_WANT_SHOW ? &patch : NULL;
}

static bool is_type(const struct kc_lexeme *l)
{
    return (l->part == KC_W_KIND && l->plural) || (l->part == KC_W_POD && l->word->num == 0);
}

/* "can I delete pods [here]?": a whole type, which no request for a change is about. "Can I have 5 web pods" is one. */
static bool asks_of_type(const struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *verb = kc_reading_at(r, i + 2);
    size_t end = i + 4;
    if (kc_reading_part(r, i) != KC_W_MODAL || kc_reading_part(r, i + 1) != KC_W_PERSON ||
        kc_reading_at(r, i + 1)->text[0] == 'y' || !is_type(kc_reading_at(r, i + 3)))
        return false;
    if ((verb->part != KC_W_VERB || verb->word->want >= KC_WANT_SHOW) && verb->part != KC_W_OTHER)
        return false;
    while (kc_reading_part(r, end) == KC_W_PLACE || kc_reading_part(r, end) == KC_W_FILLER ||
           kc_reading_part(r, end) == KC_W_EVERYWHERE)
        end++;
    return end >= r->words.n || kc_reading_part(r, end) == KC_W_QUERY;
}

/* The verb behind "am I allowed to" becomes a value. */
static void take(struct kc_reading *r, size_t at)
{
    const struct kc_lexeme *l = kc_reading_at(r, at);
    const struct right *right = right_of(r->a, l);
    if (l->part == KC_W_VERB && l->word->want == KC_WANT_DO)
        kc_reading_cut(r, at, 1); /* "what am I allowed to do" */
    else if (right)
        kc_reading_fill(r, at, 1, KC_SLOT_RIGHT, right->verb)->name.name = right->subresource;
}

void kc_reading_rights(struct kc_reading *r)
{
    static const struct kc_word may = {.part = KC_W_VERB, .want = KC_WANT_MAY, .words = "can i"};
    for (size_t i = 0; i < r->words.n; i++) {
        struct kc_lexeme *l = &r->words.v[i];
        if (asks_of_type(r, i)) {
            l->end = r->words.v[i + 1].end;
            l->part = KC_W_VERB;
            l->word = &may;
            kc_reading_cut(r, i + 1, 1);
        }
        if (l->part == KC_W_VERB && l->word->want == KC_WANT_MAY)
            take(r, i + 1);
    }
}

static void ask_about(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c,
                      const struct kc_target *t)
{
    const struct kc_lexeme *right = kc_clause_slot(c, KC_SLOT_RIGHT);
    const char *sub = c->hints & KC_H_LOGS ? "log" : right ? right->name.name : NULL;
    bool scales = KC_STREQ(kc_or(sub, ""), "scale");
    const struct kc_mapping *m = kc_restmap_kind(r->in->inventory->restmap, t->group, t->kind);
    struct kc_flag_value flags[] = {{"subresource", scales && !(m && m->scalable) ? NULL : sub}};
    struct kc_strs operands = {0};
    kc_strs_append(r->a, &operands, right ? right->text : "get"); /* "do I have access to secrets" */
    kc_frame_step(r, f->verb, c, t, flags, 1, &operands, "");
}

/* Without a verb: everything that may be done, in each namespace. */
static void list_all(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_strs spaces = kc_clause_namespaces(r, c);
    struct kc_flag_value list[] = {{"list", "true"}};
    for (size_t i = 0; i < spaces.n; i++) {
        struct kc_target t = {.group = "", .version = "", .kind = "", .resource = "", .ns = spaces.v[i], .name = ""};
        kc_frame_step(r, f->verb, c, &t, list, 1, NULL, "");
    }
}

void kc_plan_rights(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_strs spaces = kc_clause_namespaces(r, c);
    struct kc_pick any = {.owned = true, .reads = true};
    const struct kc_mapping *type = kc_clause_type(r, c);
    struct kc_chosen chosen;
    if (!kc_clause_slot(c, KC_SLOT_RIGHT) && !type && !c->n_targets) {
        list_all(r, f, c);
    } else if (c->n_targets) {
        if (!kc_choose(r, c, &any, &chosen))
            return;
        for (size_t i = 0; i < chosen.n; i++) {
            struct kc_target t = kc_target_of(chosen.v[i]->mapping, chosen.v[i]->ns, chosen.v[i]->name);
            ask_about(r, f, c, &t);
        }
    } else if (type || c->hints & KC_H_LOGS) {
        if (!type)
            type = kc_restmap_find(r->in->inventory->restmap, "pods");
        for (size_t i = 0; i < (type->namespaced ? spaces.n : 1); i++) {
            struct kc_target t = kc_target_of(type, type->namespaced ? spaces.v[i] : "", "");
            ask_about(r, f, c, &t);
        }
    } else {
        kc_answer_ask(r->a, r->ret, "\"%s\": of which object, or what type of objects?",
                      kc_reading_quote(r, c->at, c->end));
    }
}
