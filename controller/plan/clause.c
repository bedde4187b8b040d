#include "controller/plan/clause.h"

#include <string.h>

#define ANY_READ                                                                                                       \
    (KC_H_LOGS | KC_H_EVENTS | KC_H_USAGE | KC_H_HISTORY | KC_H_DETAILS | KC_H_ROLLOUT | KC_H_STATUS | KC_H_TROUBLE)

struct grammar {
    struct kc_reading *r;
    struct kc_clauses out;
    struct kc_clause *c; /* the one being read */
    size_t i;
    enum kc_part prep; /* "to", "by", "from" that waits for what follows it; else KC_W_FILLER */
    bool joined;       /* a comma or "and" stands between the last name and here */
    size_t sentence;
    const char *place; /* "in shop, ...": said before any name of the sentence */
    uint64_t scope;    /* whether limits or requests were spoken of last */
};

static const struct kc_lexeme *at(const struct grammar *g, size_t i)
{
    return kc_reading_at(g->r, i);
}

static enum kc_part before(const struct grammar *g)
{
    return g->i ? at(g, g->i - 1)->part : KC_W_STOP;
}

static void decides(struct grammar *g, const struct kc_lexeme *l)
{
    struct kc_clause *c = g->c;
    c->at = c->end == 0 || l->at < c->at ? l->at : c->at;
    c->end = l->end > c->end ? l->end : c->end;
}

static void odd(struct grammar *g)
{
    g->out.odd[g->out.n_odd++] = g->i;
}

static bool has_value(const struct kc_clause *c)
{
    return c->has_amount || (c->verb && c->verb->num) || c->n_slots;
}

static bool complete(const struct kc_clause *c)
{
    return c->n_targets && has_value(c);
}

static bool has_own_verb(const struct kc_clause *c)
{
    return c->verb && !c->lent;
}

static bool only_names(const struct kc_clause *c)
{
    return c->n_targets && !has_own_verb(c) && !c->has_amount && !c->has_from && !c->sign && !c->more && !c->n_slots &&
           !c->hints && !c->states;
}

static bool only_values(const struct kc_clause *c)
{
    return !c->n_targets && !has_own_verb(c) && !c->has_amount && !c->has_from && c->n_slots && !c->n_kinds &&
           !c->states;
}

static bool is_empty(const struct kc_clause *c)
{
    return c->end == 0 && !c->n_targets && !c->pronoun;
}

static void begin(struct grammar *g, bool lend)
{
    const struct kc_clause *last = g->out.n ? &g->out.v[g->out.n - 1] : NULL;
    g->c = &g->out.v[g->out.n];
    *g->c = (struct kc_clause){.targets = kc_arena_array(g->r->a, KC_MAX_STEPS, sizeof(struct kc_mention)),
                               .slots = kc_arena_array(g->r->a, KC_MAX_TOKENS, sizeof(struct kc_lexeme *)),
                               .sentence = g->sentence,
                               .ns = g->place};
    g->prep = KC_W_FILLER;
    g->joined = true;
    if (!lend || !last)
        return;
    g->c->verb = last->verb;
    g->c->verb_at = last->verb_at;
    g->c->verb_end = last->verb_end;
    g->c->lent = last->verb != NULL;
    g->c->lent_more = last->more || last->lent_more;
    g->c->lent_hints = last->hints | last->lent_hints;
    if (last->kind_for_all) {
        g->c->kind = last->kind;
        g->c->kind_for_all = true;
    }
}

static void too_many(struct grammar *g)
{
    kc_answer_refuse(g->r->a, g->r->ret, "at most %d objects can be changed by one request: split it", KC_MAX_STEPS);
}

static void add_target(struct grammar *g, struct kc_clause *c, struct kc_mention m)
{
    if (c->n_targets == KC_MAX_STEPS)
        too_many(g);
    else
        c->targets[c->n_targets++] = m;
}

/* What trails behind a whole clause belongs to it: "scale to 4 web and cart", "label web with a=b and c=d". */
static bool joins_last(struct grammar *g, struct kc_clause *last)
{
    struct kc_clause *c = g->c;
    if (!complete(last) || last->sentence != c->sentence || (!only_names(c) && !only_values(c)))
        return false;
    for (size_t i = 0; i < c->n_targets; i++)
        add_target(g, last, c->targets[i]);
    for (size_t i = 0; i < c->n_slots; i++)
        last->slots[last->n_slots++] = c->slots[i];
    last->hints |= c->hints;
    last->each |= c->each;
    last->end = c->end > last->end ? c->end : last->end;
    return true;
}

static void finish(struct grammar *g)
{
    struct kc_clause *c = g->c;
    if (is_empty(c))
        return;
    if (g->out.n && joins_last(g, &g->out.v[g->out.n - 1]))
        return;
    if (g->out.n == KC_MAX_CLAUSES)
        too_many(g);
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

/* Whether words that may stand between "and" and a verb are all that stands there: "and please", "then could you". */
static bool is_polite(enum kc_part p)
{
    return p == KC_W_PLEASE || p == KC_W_FILLER || p == KC_W_MODAL || p == KC_W_PERSON || p == KC_W_MIND;
}

/* Whether a verb behind a comma or "and" begins a clause of its own. "Go and scale web" is one clause, and so is "web
 * and cart, double both". */
static bool begins_clause(const struct grammar *g)
{
    const struct kc_clause *c = g->c;
    size_t i = g->i;
    while (i > 0 && is_polite(at(g, i - 1)->part))
        i--;
    enum kc_part last = i ? at(g, i - 1)->part : KC_W_STOP;
    if ((last != KC_W_AND && last != KC_W_COMMA) || is_empty(c))
        return false;
    if ((c->states && !c->asks) || (c->asks && last == KC_W_COMMA))
        return true;
    if (!c->verb || c->lent)
        return c->lent || last == KC_W_AND;
    return c->n_targets || c->has_amount || c->n_kinds || c->pronoun || c->pods || c->hints ||
           !(c->verb->wish || c->verb->light);
}

/* Whether a comma or "and" stands before the word. */
static bool follows_mark(const struct grammar *g)
{
    size_t i = g->i;
    while (i > 0 && is_polite(at(g, i - 1)->part))
        i--;
    return i > 0 && (at(g, i - 1)->part == KC_W_COMMA || at(g, i - 1)->part == KC_W_AND);
}

static bool is_read(const struct kc_word *verb)
{
    return verb->want >= KC_WANT_SHOW;
}

/* Of two verbs in one clause the one that says more. */
static bool gives_way(const struct kc_clause *c, const struct kc_word *to)
{
    if ((c->verb->wish || c->verb->light) && !c->has_amount)
        return true;
    return is_read(c->verb) && is_read(to) && c->verb->want != KC_WANT_DIAGNOSE;
}

static void read_verb_word(struct grammar *g, const struct kc_lexeme *l)
{
    if (begins_clause(g)) {
        finish(g);
        begin(g, false);
    }
    struct kc_clause *c = g->c;
    const struct kc_word *w = l->word;
    bool own = has_own_verb(c);
    if (c->asks && !own && w->want < KC_WANT_SHOW && !w->wish && !follows_mark(g)) {
        /* "which pods use the most memory", "what image does billing run", "what did the rollout change" */
        if (w->asks && kc_reading_hints(g->r, g->i, KC_H_MEMORY | KC_H_CPU))
            c->hints |= KC_H_USAGE;
        if (!w->light && w->want != KC_WANT_DO)
            odd(g);
        return;
    }
    c->hints |= w->hints;
    if (own && is_read(c->verb) && w->want == KC_WANT_USE) {
        decides(g, l);
        return;
    }
    if (!own || (gives_way(c, w) && !w->wish)) {
        c->verb = w;
        c->verb_at = l->at;
        c->verb_end = l->end;
    } else if (w->num && !gives_way(c, w) && !c->has_amount && !is_read(c->verb)) {
        /* "scale web to double its size" */
        c->has_amount = true;
        c->role = KC_ROLE_TO;
        c->amount = (struct kc_quantity){.unit = KC_UNIT_TIMES, .num = w->num, .den = w->den};
        c->amount_raw = l->raw;
    } else if (!w->wish) {
        odd(g);
    }
    c->lent = false;
    g->prep = KC_W_FILLER;
    if (!w->wish || is_read(w))
        decides(g, l);
}

static void read_verb(struct grammar *g)
{
    read_verb_word(g, at(g, g->i));
}

static void add_slot(struct grammar *g, struct kc_lexeme *l)
{
    l->role = g->prep;
    l->scope = g->scope;
    g->prep = KC_W_FILLER;
    g->c->slots[g->c->n_slots++] = l;
    decides(g, l);
}

/* "make sure that ledger is running three instances" asks for three. */
static void read_state(struct grammar *g)
{
    struct kc_lexeme *l = &g->r->words.v[g->i];
    if (l->word->state == KC_STATE_RUNNING && has_own_verb(g->c) && g->c->verb->wish &&
        g->c->verb->want == KC_WANT_NEED)
        return;
    g->c->hints |= KC_H_STATE;
    add_slot(g, l);
}

/* Behind a wish it is what is wished for ("needs restarting"), elsewhere what happens ("is restarting"). */
static void read_participle(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    const struct kc_clause *c = g->c;
    bool wished = (has_own_verb(c) && c->verb->wish && !c->asks) || before(g) == KC_W_MIND || before(g) == KC_W_BY;
    if (wished) {
        read_verb_word(g, l);
    } else if (l->word->want == KC_WANT_RESTART && (c->asks || (has_own_verb(c) && is_read(c->verb)))) {
        static const struct kc_word restarted = {.part = KC_W_STATE, .hints = KC_H_STATE, .state = KC_STATE_RESTARTED};
        struct kc_lexeme *state = &g->r->words.v[g->i];
        state->part = KC_W_STATE; /* "which pods restarted" */
        state->word = &restarted;
        read_state(g);
    } else {
        odd(g);
    }
}

/* "the CPU limit to 2" */
static bool is_cpu(const struct grammar *g, const struct kc_quantity *q)
{
    bool count = q->unit == KC_UNIT_COUNT && !q->sign && at(g, g->i)->part == KC_W_NUMBER;
    return count && g->prep == KC_W_TO && g->c->hints & KC_H_CPU && !(g->c->hints & KC_H_MEMORY) && !g->c->counts &&
           at(g, g->i + 1)->part != KC_W_POD;
}

static void read_number(struct grammar *g, const struct kc_lexeme *l, struct kc_quantity q)
{
    struct kc_clause *c = g->c;
    if (is_cpu(g, &q)) {
        struct kc_lexeme *slot = &g->r->words.v[g->i];
        slot->slot = KC_SLOT_CPU;
        slot->text = q.den == 1 ? kc_arena_printf(g->r->a, "%lld", (long long)q.num) : l->raw;
        add_slot(g, slot);
    } else if (g->prep == KC_W_FROM && !c->has_from) {
        c->has_from = true;
        c->from = q;
    } else if (c->has_amount) {
        kc_answer_ask(g->r->a, g->r->ret, "there is more than one number for one thing in \"%s\": which one is meant?",
                      kc_reading_quote(g->r, c->at < l->at ? c->at : l->at, l->end));
    } else {
        c->has_amount = true;
        c->amount = q;
        c->amount_raw = l->raw;
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

/* "on node-3": where something runs, when something else is spoken of. */
static bool is_where(const struct grammar *g, const struct kc_lexeme *l)
{
    if (!l->node || (before(g) != KC_W_LINK && before(g) != KC_W_FROM && before(g) != KC_W_IN))
        return false;
    const char *word = at(g, g->i - 1)->text;
    return KC_STREQ(word, "on") || KC_STREQ(word, "from") || KC_STREQ(word, "in");
}

static void read_name(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    struct kc_clause *c = g->c;
    struct kc_mention m = l->name;
    if (c->n_targets && !g->joined && !is_where(g, l)) {
        odd(g);
        return;
    }
    if (c->asks && c->kind_word && KC_STREQ(c->kind->kind, "Node") && !l->node) {
        c->hints = (c->hints & ~KC_H_NODE) | KC_H_WHERE; /* "which node does ledger run on" */
        c->kind = NULL;
    }
    m.where = is_where(g, l);
    m.word = g->i;
    m.service = before(g) == KC_W_SUFFIX && kc_str_starts(at(g, g->i - 1)->text, "service");
    if (!m.type)
        m.type = c->kind;
    if (!m.type && c->pods && !c->n_targets && g->i && before(g) == KC_W_POD)
        m.pod = true; /* "pod web-7d9f-abcde" */
    if (c->kind_word && c->n_kinds)
        c->n_kinds--;
    c->kind_word = 0;
    if (!c->kind_for_all)
        c->kind = NULL;
    c->takes_from |= g->prep == KC_W_FROM;
    c->hints |= (l->node ? KC_H_NODE : 0) | (l->cronjob ? KC_H_CRONJOB : 0);
    add_target(g, c, m);
    g->prep = KC_W_FILLER;
    g->joined = false;
    decides(g, l);
}

static uint64_t kind_hints(const struct kc_mapping *m)
{
    static const struct {
        const char *kind;
        uint64_t hints;
    } kinds[] = {{"Node", KC_H_NODE},
                 {"CronJob", KC_H_CRONJOB},
                 {"Job", KC_H_JOB},
                 {"HorizontalPodAutoscaler", KC_H_AUTOSCALER},
                 {"Event", KC_H_EVENTS}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (KC_STREQ(m->kind, kinds[i].kind))
            return kinds[i].hints;
    return 0;
}

/* In front of a name it holds for that one, in the plural for all that follow; behind a name for that, or for all so
 * far. */
static void read_kind(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    struct kc_clause *c = g->c;
    decides(g, l);
    c->hints |= kind_hints(l->kind);
    if (before(g) != KC_W_NAME || !c->n_targets) {
        c->kind = l->kind;
        c->kind_for_all = l->plural;
        c->kind_word = g->i + 1;
        if (c->n_kinds < KC_MAX_KINDS)
            c->kinds[c->n_kinds++] = l->kind;
        return;
    }
    for (size_t t = l->plural ? 0 : c->n_targets - 1; t < c->n_targets; t++) {
        const struct kc_mapping *said = c->targets[t].type;
        if (!said) {
            c->targets[t].type = l->kind;
            c->targets[t].tail = l->text;
        } else if (said != l->kind) {
            odd(g);
        }
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
        fits &= !c->ns || KC_STREQ(c->ns, l->name.ns);
        c->ns = l->name.ns;
        if (c->n_kinds || c->pods || c->hints)
            decides(g, l);
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
    if (l->part == KC_W_DIRECTION && (g->c->states || g->c->asks) && !has_own_verb(g->c)) {
        g->c->hints |= KC_H_STATE; /* "is web up" */
        decides(g, l);
        return;
    }
    int *to = l->part == KC_W_MORE ? &g->c->more : &g->c->sign;
    if (*to && *to != l->word->sign)
        odd(g);
    *to = l->word->sign;
    g->c->hints |= KC_STREQ(l->text, "off") ? KC_H_OFF : 0;
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
        else if (p == KC_W_NUMBER && at(g, next)->quantity.unit == KC_UNIT_FRACTION)
            g->c->in_parts = true;
        else if (p != KC_W_NAME && p != KC_W_KIND && p != KC_W_NOUN && p != KC_W_SLOT)
            odd(g);
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
    enum kc_part last = before(g);
    if (last == KC_W_STOP && KC_STREQ(at(g, g->i)->text, "has")) {
        g->c->asks = true; /* "has web finished" */
        return;
    }
    bool asked = last == KC_W_PERSON && g->i > 1 && at(g, g->i - 2)->part == KC_W_MODAL;
    if (!g->c->verb && (asked || last == KC_W_STOP || last == KC_W_PLEASE))
        read_verb(g);
}

static void read_be(struct grammar *g)
{
    struct kc_clause *c = g->c;
    if (at(g, g->i)->word->wish)
        read_have(g);
    if (has_own_verb(c))
        return;
    if (is_empty(c) && !c->states)
        c->asks = true;
    c->states = true;
}

static void read_noun(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    uint64_t hints = l->word->hints;
    /* "logs of web and events of cart" */
    if (g->joined && before(g) != KC_W_STOP && hints & ANY_READ && g->c->hints & ANY_READ && !(hints & g->c->hints) &&
        (g->c->n_targets || before(g) == KC_W_AND || before(g) == KC_W_COMMA)) {
        finish(g);
        begin(g, true);
    }
    g->c->hints |= hints;
    if (hints & (KC_H_LIMIT | KC_H_REQUEST))
        g->scope = hints & (KC_H_LIMIT | KC_H_REQUEST);
    decides(g, l);
}

/* A measure: of what clause and words around it say; an m is millicores where CPU is spoken of. */
static void read_measure(struct grammar *g)
{
    struct kc_lexeme *l = &g->r->words.v[g->i];
    uint64_t hints = g->c->hints | g->c->lent_hints;
    bool next_cpu = at(g, g->i + 1)->part == KC_W_NOUN && at(g, g->i + 1)->word->hints & KC_H_CPU;
    size_t digits = strspn(l->raw, "0123456789");
    if (l->part == KC_W_DURATION && digits && KC_STREQ(l->raw + digits, "m") && (hints & KC_H_CPU || next_cpu)) {
        l->slot = KC_SLOT_CPU;
        l->text = l->raw;
    } else if (l->part == KC_W_DURATION) {
        if (!(hints & KC_H_LOGS)) {
            odd(g);
            return;
        }
        l->slot = KC_SLOT_SINCE;
    } else {
        l->slot = l->part == KC_W_CPU ? KC_SLOT_CPU : KC_SLOT_MEMORY;
    }
    add_slot(g, l);
}

/* A name that is not known, where a read names its object. */
static void read_unknown(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    struct kc_clause *c = g->c;
    size_t i = g->i;
    while (i > 0 &&
           (at(g, i - 1)->part == KC_W_ARTICLE || at(g, i - 1)->part == KC_W_KIND || at(g, i - 1)->part == KC_W_POD))
        i--;
    enum kc_part last = i ? at(g, i - 1)->part : KC_W_STOP;
    bool reads = c->verb ? is_read(c->verb) : (c->hints & ANY_READ) != 0;
    odd(g);
    if (reads && !c->n_targets && (last == KC_W_LINK || last == KC_W_FOR || at(g, g->i - 1)->part == KC_W_KIND)) {
        g->out.n_odd--;
        add_target(g, c,
                   (struct kc_mention){.name = l->name.name, .type = c->kind_word ? c->kind : NULL, .word = g->i});
        if (c->kind_word && c->n_kinds)
            c->n_kinds--;
        c->kind_word = 0;
        g->joined = false;
        decides(g, l);
    }
}

static void read_pod(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    bool pods = kc_str_starts(l->text, "po") && !strchr(l->raw, ' ');
    g->c->pods |= pods;
    g->c->counts = true;
    g->c->plural |= pods && l->word->num == 0;
    g->c->hints |= pods ? KC_H_PODS : 0;
    if (before(g) == KC_W_NAME && g->c->n_targets)
        g->c->targets[g->c->n_targets - 1].tail = l->text;
    decides(g, l);
}

static void read_suffix(struct grammar *g)
{
    const struct kc_lexeme *l = at(g, g->i);
    if (before(g) == KC_W_NAME && g->c->n_targets)
        g->c->targets[g->c->n_targets - 1].tail = l->text;
    else if (KC_STREQ(l->text, "services") && at(g, g->i + 1)->part != KC_W_NAME && g->c->n_kinds < KC_MAX_KINDS)
        g->c->kinds[g->c->n_kinds++] = kc_restmap_find(g->r->in->inventory->restmap, "services");
    g->c->suffix = l->text;
    decides(g, l);
}

/* "basket: roll it back" speaks of basket. */
static void read_pronoun(struct grammar *g)
{
    struct kc_clause *c = g->c;
    int sign = at(g, g->i)->word->sign ? at(g, g->i)->word->sign : 1;
    bool same =
        before(g) == KC_W_VERB && c->n_targets && ((sign == 1 && c->n_targets == 1) || (sign == 2 && c->n_targets > 1));
    if (!same)
        c->pronoun = sign;
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
    case KC_W_PARTICIPLE:
        read_participle(g);
        break;
    case KC_W_NUMBER:
        read_number(g, l, l->quantity);
        break;
    case KC_W_DURATION:
    case KC_W_MEMORY:
    case KC_W_CPU:
        read_measure(g);
        break;
    case KC_W_SLOT:
        add_slot(g, &g->r->words.v[g->i]);
        break;
    case KC_W_LAST:
        g->c->hints |= l->word->hints;
        odd(g);
        break;
    case KC_W_STATE:
        read_state(g);
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
    case KC_W_NOUN:
        read_noun(g);
        break;
    case KC_W_PLACE:
        read_place(g);
        break;
    case KC_W_EVERYWHERE:
        g->c->everywhere = true;
        decides(g, l);
        break;
    case KC_W_ALL:
        g->c->all = true;
        decides(g, l);
        break;
    case KC_W_PRONOUN:
        read_pronoun(g);
        break;
    case KC_W_NAMED:
        if (at(g, g->i + 1)->part != KC_W_NAME)
            odd(g);
        break;
    case KC_W_EACH:
        g->c->each = true;
        break;
    case KC_W_ARTICLE:
        if (is_one(g, l))
            read_number(g, l, (struct kc_quantity){.num = 1, .den = 1});
        break;
    case KC_W_POD:
        read_pod(g);
        break;
    case KC_W_SUFFIX:
        read_suffix(g);
        break;
    case KC_W_HAVE:
        read_have(g);
        break;
    case KC_W_BE:
        read_be(g);
        break;
    case KC_W_QUESTION:
        g->c->asks = true;
        g->c->hints |= l->word->hints;
        decides(g, l);
        break;
    case KC_W_UNKNOWN:
        read_unknown(g);
        break;
    case KC_W_LINK:
    case KC_W_FILLER:
    case KC_W_PERSON:
    case KC_W_MODAL:
    case KC_W_PLEASE:
    case KC_W_MIND:
        break;
    /* The blockers speak of these (blockers.c). */
    case KC_W_NOT:
    case KC_W_IF:
        g->c->other |= !has_own_verb(g->c) && !g->c->asks && !g->c->states; /* "no new pods on node-1" */
        break;
    case KC_W_TIME:
    case KC_W_VAGUE:
    case KC_W_BOUND:
        break;
    case KC_W_OTHER:
    case KC_W_KUBECTL:
        g->c->other |= !has_own_verb(g->c) && !g->c->asks;
        break;
    default:
        odd(g);
    }
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
    for (size_t c = 0; ns && c < g->out.n; c++) {
        struct kc_clause *clause = &g->out.v[c];
        if (clause->sentence != sentence)
            continue;
        if (!clause->ns)
            clause->ns = ns;
        for (size_t t = 0; t < clause->n_targets; t++)
            if (!clause->targets[t].ns)
                clause->targets[t].ns = ns;
    }
}

void kc_clauses_read(struct kc_reading *r, struct kc_clauses *ret)
{
    struct grammar g = {.r = r};
    g.out.v = kc_arena_array(r->a, KC_MAX_CLAUSES + 1, sizeof *g.out.v);
    g.out.odd = kc_arena_array(r->a, (size_t)2 * KC_MAX_TOKENS, sizeof *g.out.odd);
    begin(&g, false);
    for (g.i = 0; g.i < r->words.n && !kc_reading_done(r); g.i++)
        read_word(&g);
    finish(&g);
    for (size_t s = 0; s <= g.sentence; s++)
        spread_place(&g, s);
    *ret = g.out;
}

const struct kc_lexeme *kc_clause_slot(const struct kc_clause *c, enum kc_slot slot)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part != KC_W_STATE && c->slots[i]->slot == slot)
            return c->slots[i];
    return NULL;
}
