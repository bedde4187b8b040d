#include "controller/plan/clause.h"

#include <string.h>

#define MAX_CLAUSES KC_MAX_STEPS

struct grammar {
    struct kc_reading *r;
    struct kc_clauses out;
    struct kc_clause *c; /* the one being read */
    size_t i;
    enum kc_part prep; /* "to", "by", "from" that waits for what follows it; else KC_W_FILLER */
    bool joined;       /* a comma or "and" stands between the last name and here */
    size_t sentence;
    const char *place; /* "in shop, ...": said before any name of the sentence */
    size_t n_odd;
    size_t odd[KC_MAX_TOKENS]; /* words without a place */
};

static const struct kc_lexeme *at(const struct grammar *g, size_t i)
{
    return &g->r->words.v[i < g->r->words.n ? i : g->r->words.n];
}

static void decides(struct grammar *g, const struct kc_lexeme *l)
{
    struct kc_clause *c = g->c;
    c->at = c->end == 0 || l->at < c->at ? l->at : c->at;
    c->end = l->end > c->end ? l->end : c->end;
}

static void odd(struct grammar *g)
{
    g->odd[g->n_odd++] = g->i;
}

static bool complete(const struct kc_clause *c)
{
    return c->n_targets && (c->has_amount || (c->verb && c->verb->num));
}

static bool only_names(const struct kc_clause *c)
{
    return c->n_targets && (!c->verb || c->lent) && !c->has_amount && !c->has_from && !c->sign && !c->more;
}

static bool is_empty(const struct kc_clause *c)
{
    return c->end == 0 && !c->n_targets;
}

static void begin(struct grammar *g, bool lend)
{
    const struct kc_clause *last = g->out.n ? &g->out.v[g->out.n - 1] : NULL;
    g->c = &g->out.v[g->out.n];
    *g->c = (struct kc_clause){.targets = kc_arena_array(g->r->a, KC_MAX_STEPS, sizeof(struct kc_mention)),
                               .sentence = g->sentence};
    g->prep = KC_W_FILLER;
    g->joined = true;
    if (!lend || !last)
        return;
    g->c->verb = last->verb;
    g->c->lent = last->verb != NULL;
    g->c->lent_more = last->more || last->lent_more;
    if (last->kind_for_all) {
        g->c->kind = last->kind;
        g->c->kind_for_all = true;
    }
}

static void add_target(struct grammar *g, struct kc_clause *c, struct kc_mention m)
{
    if (c->n_targets == KC_MAX_STEPS)
        kc_answer_refuse(g->r->a, g->r->ret, "at most %d objects can be changed by one request: split it",
                         KC_MAX_STEPS);
    else
        c->targets[c->n_targets++] = m;
}

/* Names that trail behind a whole clause belong to it: "scale to 4 web and cart". */
static void finish(struct grammar *g)
{
    struct kc_clause *c = g->c, *last = g->out.n ? &g->out.v[g->out.n - 1] : NULL;
    if (is_empty(c))
        return;
    /* "scale web to 5 nodes" */
    if (c->n_targets && c->kind_word)
        g->odd[g->n_odd++] = c->kind_word - 1;
    if (last && complete(last) && only_names(c)) {
        for (size_t i = 0; i < c->n_targets; i++)
            add_target(g, last, c->targets[i]);
        last->each |= c->each;
        last->end = c->end > last->end ? c->end : last->end;
        return;
    }
    if (g->out.n == MAX_CLAUSES)
        kc_answer_refuse(g->r->a, g->r->ret, "at most %d objects can be changed by one request: split it",
                         KC_MAX_STEPS);
    else
        g->out.n++;
}

static void read_boundary(struct grammar *g)
{
    enum kc_part part = at(g, g->i)->part;
    g->joined = true;
    if (part == KC_W_STOP || part == KC_W_QUERY) {
        finish(g);
        g->sentence++;
        g->place = NULL;
        begin(g, false);
    } else if (complete(g->c)) {
        finish(g);
        begin(g, true);
    }
}

/* A word between "to" and what it belongs to. */
static bool is_small(enum kc_part p)
{
    return p == KC_W_ARTICLE || p == KC_W_FILLER || p == KC_W_PLEASE || p == KC_W_POD;
}

/* Whether a verb behind a comma or "and" begins a clause of its own. "Go and scale web" is one clause, and so is "web
 * and cart, double both". */
static bool begins_clause(const struct grammar *g)
{
    const struct kc_clause *c = g->c;
    enum kc_part before = g->i ? at(g, g->i - 1)->part : KC_W_STOP;
    if ((before != KC_W_AND && before != KC_W_COMMA) || is_empty(c))
        return false;
    if (!c->verb || c->lent)
        return c->lent || before == KC_W_AND;
    return c->n_targets || c->has_amount || !(c->verb->wish || c->verb->light);
}

static void read_verb(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    if (begins_clause(g)) {
        finish(g);
        begin(g, false);
    }
    struct kc_clause *c = g->c;
    bool own = c->verb && !c->lent, gives_way = own && (c->verb->wish || c->verb->light) && !c->has_amount;
    if (own && !gives_way && l->word->num && !c->has_amount) {
        /* "scale web to double its size" */
        c->has_amount = true;
        c->role = KC_ROLE_TO;
        c->amount = (struct kc_quantity){.unit = KC_UNIT_TIMES, .num = l->word->num, .den = l->word->den};
    } else if (own && !gives_way) {
        odd(g);
    } else if (!own || !l->word->wish) {
        c->verb = l->word;
    }
    if (c->verb == l->word) {
        c->verb_at = l->at;
        c->verb_end = l->end;
    }
    c->lent = false;
    g->prep = KC_W_FILLER;
    if (!l->word->wish)
        decides(g, l);
}

static void read_number(struct grammar *g, const struct kc_lexeme *l, struct kc_quantity q)
{
    struct kc_clause *c = g->c;
    if (g->prep == KC_W_FROM && !c->has_from) {
        c->has_from = true;
        c->from = q;
    } else if (c->has_amount) {
        kc_answer_ask(g->r->a, g->r->ret, "there is more than one number for one thing in \"%s\": which one is meant?",
                      kc_reading_quote(g->r, c->at < l->at ? c->at : l->at, l->end));
    } else {
        c->has_amount = true;
        c->amount = q;
        c->role = g->prep == KC_W_TO ? KC_ROLE_TO : g->prep == KC_W_BY ? KC_ROLE_BY : KC_ROLE_BARE;
        c->amount_first = !c->n_targets;
    }
    g->prep = KC_W_FILLER;
    decides(g, l);
}

/* "a pod", "an extra web replica", "another one": one. */
static bool is_one(const struct grammar *g, const struct kc_lexeme *l)
{
    size_t i = g->i + 1;
    bool another = l->part == KC_W_MORE && KC_STREQ(l->text, "another");
    if (!another && !(l->part == KC_W_ARTICLE && l->text[0] == 'a'))
        return false;
    while (at(g, i)->part == KC_W_MORE || at(g, i)->part == KC_W_FILLER || at(g, i)->part == KC_W_NAME)
        i++;
    return another ? at(g, i)->part != KC_W_NUMBER : at(g, i)->part == KC_W_POD && at(g, i)->word->num == 1;
}

/* "checkout service" is Deployment checkout, unless there is a checkout-service as well. */
static void check_joined(struct grammar *g, const struct kc_lexeme *name, const struct kc_lexeme *tail)
{
    struct kc_reading *r = g->r;
    struct kc_planned both = {0};
    (void)kc_resolve_exact(r->a, r->in, r->verb, name->name.name, &both);
    if (!kc_resolve_exact(r->a, r->in, r->verb, kc_arena_printf(r->a, "%s-%s", name->name.name, tail->text), &both))
        return;
    r->ret->candidates = both.candidates;
    kc_answer_ask(r->a, r->ret, "\"%s\" may mean %s: which one is meant?", kc_reading_quote(r, name->at, tail->end),
                  kc_words_join(r->a, &both.candidates, 4));
}

static void read_name(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    struct kc_clause *c = g->c;
    struct kc_mention m = l->name;
    if (c->n_targets && !g->joined) {
        odd(g);
        return;
    }
    if (!m.type)
        m.type = c->kind;
    c->kind_word = 0;
    if (!c->kind_for_all)
        c->kind = NULL;
    c->takes_from |= g->prep == KC_W_FROM;
    add_target(g, c, m);
    g->prep = KC_W_FILLER;
    g->joined = false;
    decides(g, l);
    enum kc_part next = at(g, g->i + 1)->part;
    if (next == KC_W_SUFFIX || next == KC_W_KIND || next == KC_W_POD)
        check_joined(g, l, at(g, g->i + 1));
}

/* In front of a name it holds for that one, in the plural for all that follow; behind a name for that, or for all so
 * far. */
static void read_kind(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    struct kc_clause *c = g->c;
    decides(g, l);
    if (!g->i || at(g, g->i - 1)->part != KC_W_NAME || !c->n_targets) {
        c->kind = l->kind;
        c->kind_for_all = l->plural;
        c->kind_word = g->i + 1;
        return;
    }
    for (size_t t = l->plural ? 0 : c->n_targets - 1; t < c->n_targets; t++) {
        const struct kc_mapping *said = c->targets[t].type;
        if (!said)
            c->targets[t].type = l->kind;
        else if (said != l->kind)
            odd(g);
    }
}

/* Behind names it is theirs, in front of all of them the whole sentence's; a second one for the same is a
 * contradiction. */
static void read_place(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    struct kc_clause *c = g->c;
    bool fits = !g->place || KC_STREQ(g->place, l->name.ns);
    if (!c->n_targets) {
        g->place = l->name.ns;
    } else {
        const struct kc_mention *last = &c->targets[c->n_targets - 1];
        fits &= !last->ns || KC_STREQ(last->ns, l->name.ns);
        decides(g, l);
    }
    if (!fits)
        odd(g);
    for (size_t t = 0; t < c->n_targets; t++)
        if (!c->targets[t].ns)
            c->targets[t].ns = l->name.ns;
}

static void read_direction(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    int *to = l->part == KC_W_MORE ? &g->c->more : &g->c->sign;
    if (*to && *to != l->word->sign)
        odd(g);
    *to = l->word->sign;
    g->c->away |= l->part == KC_W_DIRECTION && l->word->bare == KC_BARE_CHANGE;
    decides(g, l);
    if (is_one(g, l))
        read_number(g, l, (struct kc_quantity){.num = 1, .den = 1});
}

static void read_preposition(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    size_t next = g->i + 1;
    while (is_small(at(g, next)->part))
        next++;
    enum kc_part p = at(g, next)->part;
    if (l->part == KC_W_IN) {
        /* "in web", "in half"; places are words no more. */
        if (p == KC_W_UNKNOWN)
            kc_reading_ask_place(g->r, l->at, at(g, next)->end, at(g, next)->text);
        else if (p != KC_W_NAME && p != KC_W_KIND &&
                 !(p == KC_W_NUMBER && at(g, next)->quantity.unit == KC_UNIT_FRACTION))
            odd(g);
        else if (p == KC_W_NUMBER)
            g->c->in_parts = true;
    } else if (l->part == KC_W_FOR) {
        if (p == KC_W_NUMBER)
            odd(g);
    } else {
        g->prep = l->part == KC_W_EQUALS ? KC_W_TO : l->part;
    }
}

/* "could we have five checkout pods" and "please have" wish for something; "web has 6" states it. */
static void read_have(struct grammar *g)
{
    enum kc_part before = g->i ? at(g, g->i - 1)->part : KC_W_STOP;
    bool asked = before == KC_W_PERSON && g->i > 1 && at(g, g->i - 2)->part == KC_W_MODAL;
    if (!g->c->verb && (asked || before == KC_W_STOP || before == KC_W_PLEASE))
        read_verb(g);
}

static void read_word(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    switch (l->part) {
    case KC_W_STOP:
    case KC_W_QUERY:
    case KC_W_COMMA:
    case KC_W_AND:
        read_boundary(g);
        break;
    case KC_W_VERB:
    case KC_W_SHOULD:
        read_verb(g);
        break;
    case KC_W_NUMBER:
        read_number(g, l, l->quantity);
        break;
    case KC_W_DIRECTION:
    case KC_W_MORE:
        read_direction(g);
        break;
    case KC_W_TO:
    case KC_W_BY:
    case KC_W_FROM:
    case KC_W_IN:
    case KC_W_FOR:
    case KC_W_EQUALS:
        read_preposition(g);
        break;
    case KC_W_NAME:
        read_name(g);
        break;
    case KC_W_KIND:
        read_kind(g);
        break;
    case KC_W_PLACE:
        read_place(g);
        break;
    case KC_W_EACH:
        g->c->each = true;
        break;
    case KC_W_ARTICLE:
        if (is_one(g, l))
            read_number(g, l, (struct kc_quantity){.num = 1, .den = 1});
        break;
    case KC_W_POD:
    case KC_W_SUFFIX:
        decides(g, l);
        break;
    case KC_W_HAVE:
        read_have(g);
        break;
    case KC_W_LINK:
    case KC_W_FILLER:
    case KC_W_PERSON:
    case KC_W_MODAL:
    case KC_W_PLEASE:
        break;
    default:
        odd(g);
    }
}

/* Words that are next to each other may be one name written with spaces. */
static const char *run_of(const struct grammar *g, size_t *k, const char **ret_quote)
{
    size_t first = g->odd[*k], last = first;
    const char *joined = at(g, first)->text;
    while (*k + 1 < g->n_odd && g->odd[*k + 1] == last + 1) {
        last = g->odd[++*k];
        joined = kc_arena_printf(g->r->a, "%s-%s", joined, at(g, last)->text);
    }
    *ret_quote = kc_arena_printf(g->r->a, "\"%s\"", kc_reading_quote(g->r, at(g, first)->at, at(g, last)->end));
    /* "checkout api": the name next to it may be its beginning. */
    if (first && at(g, first - 1)->part == KC_W_NAME && !strchr(at(g, first - 1)->text, '/'))
        joined = kc_arena_printf(g->r->a, "%s-%s", at(g, first - 1)->text, joined);
    return joined;
}

static void ask_about_odd(struct grammar *g)
{
    struct kc_reading *r = g->r;
    struct kc_strs quotes = {0};
    bool any_name = false;
    for (size_t i = 0; i < r->words.n; i++)
        any_name |= at(g, i)->part == KC_W_NAME;
    for (size_t k = 0; k < g->n_odd; k++) {
        const char *quote;
        size_t first = k;
        const char *joined = run_of(g, &k, &quote);
        kc_strs_append(r->a, &quotes, quote);
        if (at(g, g->odd[first])->part != KC_W_UNKNOWN || r->ret->candidates.n)
            continue;
        kc_resolve_near(r->a, r->in, r->verb, &(struct kc_mention){.name = joined}, r->ret);
        for (; !any_name && first <= k && !r->ret->candidates.n; first++)
            kc_resolve_near(r->a, r->in, r->verb, &(struct kc_mention){.name = at(g, g->odd[first])->text}, r->ret);
    }
    if (!any_name && quotes.n == 1)
        kc_answer_ask(r->a, r->ret, "there is no %s in %s%s", quotes.v[0], kc_resolve_where(r->a, r->in),
                      r->ret->candidates.n > 1   ? ": which of these did you mean?"
                      : r->ret->candidates.n > 0 ? kc_arena_printf(r->a, ": did you mean %s?", r->ret->candidates.v[0])
                                                 : ", and nothing of a like name: which object is meant?");
    else
        kc_answer_ask(r->a, r->ret, "not understood: %s. Say it otherwise, or leave it out",
                      kc_words_join(r->a, &quotes, 6));
}

/* "remove web", "create a namespace", "get pods": verbs that could scale, but without a number do something else. */
static void refuse_other(struct kc_reading *r, const struct kc_clause *c)
{
    if (c->verb && (c->verb->removes || c->verb->creates) && !c->lent && !c->has_amount && !c->more)
        kc_answer_refuse(r->a, r->ret,
                         "\"%s\" names no number of replicas, so it asks for something that this version cannot do; %s",
                         kc_reading_quote(r, c->verb_at, c->verb_end), kc_reading_can);
}

/* The one place of a sentence holds for every name in it that has no other. */
static void spread_place(struct grammar *g, size_t sentence)
{
    const char *ns = NULL;
    for (size_t i = 0, s = 0; i < g->r->words.n; i++) {
        const struct kc_lexeme *l = at(g, i);
        s += l->part == KC_W_STOP || l->part == KC_W_QUERY;
        if (l->part != KC_W_PLACE || s != sentence)
            continue;
        if (ns && !KC_STREQ(ns, l->name.ns))
            return;
        ns = l->name.ns;
    }
    for (size_t c = 0; ns && c < g->out.n; c++)
        for (size_t t = 0; g->out.v[c].sentence == sentence && t < g->out.v[c].n_targets; t++)
            if (!g->out.v[c].targets[t].ns)
                g->out.v[c].targets[t].ns = ns;
}

void kc_clauses_read(struct kc_reading *r, struct kc_clauses *ret)
{
    struct grammar g = {.r = r};
    g.out.v = kc_arena_array(r->a, MAX_CLAUSES + 1, sizeof *g.out.v);
    begin(&g, false);
    for (g.i = 0; g.i < r->words.n && !kc_reading_done(r); g.i++)
        read_word(&g);
    finish(&g);
    for (size_t s = 0; s <= g.sentence; s++)
        spread_place(&g, s);
    for (size_t i = 0; i < g.out.n && !kc_reading_done(r); i++)
        refuse_other(r, &g.out.v[i]);
    if (g.n_odd && !kc_reading_done(r))
        ask_about_odd(&g);
    *ret = g.out;
}
