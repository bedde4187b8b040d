/* Names, types, places and pronouns: what is spoken of. */
#include "controller/plan/grammar.h"

#include <string.h>

/* "on node-3": where something runs, when something else is spoken of. */
static bool is_where(const struct kc_grammar *g, const struct kc_lexeme *l)
{
    if (!l->node ||
        (kc_grammar_before(g) != KC_W_LINK && kc_grammar_before(g) != KC_W_FROM && kc_grammar_before(g) != KC_W_IN))
        return false;
    const char *word = kc_grammar_at(g, g->i - 1)->text;
    return KC_STREQ(word, "on") || KC_STREQ(word, "from") || KC_STREQ(word, "in");
}

void kc_part_name(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    struct kc_clause *c = g->c;
    struct kc_mention m = l->name;
    if (c->n_targets && !g->joined && !is_where(g, l)) {
        kc_grammar_odd(g);
        return;
    }
    if (c->asks && c->kind_word && KC_STREQ(c->kind->kind, "Node") && !l->node) {
        c->hints = (c->hints & ~KC_H_NODE) | KC_H_WHERE; /* "which node does ledger run on" */
        c->kind = NULL;
    }
    if (c->pronoun == 1 && !c->n_targets && !g->out.n && kc_grammar_before(g) == KC_W_FOR)
        c->pronoun = 0; /* "make it 6 for web" */
    m.where = is_where(g, l);
    m.word = g->i;
    m.service = kc_grammar_before(g) == KC_W_SUFFIX && kc_str_starts(kc_grammar_at(g, g->i - 1)->text, "service");
    if (!m.type)
        m.type = c->kind;
    if (!m.type && c->pods && !c->n_targets && g->i && kc_grammar_before(g) == KC_W_POD)
        m.pod = true; /* "pod web-7d9f-abcde" */
    if (c->kind_word && c->n_kinds)
        c->n_kinds--;
    c->kind_word = 0;
    if (!c->kind_for_all)
        c->kind = NULL;
    c->takes_from |= g->prep == KC_W_FROM;
    c->hints |= (l->node ? KC_H_NODE : 0) | (l->cronjob ? KC_H_CRONJOB : 0);
    c->named_pods += l->pod;
    kc_grammar_add_target(g, c, m);
    g->prep = KC_W_FILLER;
    g->joined = false;
    kc_grammar_decides(g, l);
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
void kc_part_kind(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    struct kc_clause *c = g->c;
    bool listed = kc_grammar_before(g) == KC_W_AND || kc_grammar_before(g) == KC_W_COMMA;
    if (listed && c->hints & KC_H_EVENTS && !c->n_targets && !c->n_kinds && !c->pods) {
        kc_grammar_finish(g); /* "events and nodes" */
        kc_grammar_begin(g, true);
        g->c->lent_hints = 0;
        c = g->c;
    }
    kc_grammar_decides(g, l);
    c->hints |= kind_hints(l->kind);
    if (kc_grammar_before(g) != KC_W_NAME || !c->n_targets) {
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
            kc_grammar_odd(g);
        }
    }
}

/* Behind names it is theirs, in front of all of them the whole sentence's; a second one for the same is a
 * contradiction. */
void kc_part_place(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    struct kc_clause *c = g->c;
    bool fits = !g->place || KC_STREQ(g->place, l->name.ns);
    if (!c->n_targets) {
        g->place = l->name.ns;
        fits &= !c->ns || KC_STREQ(c->ns, l->name.ns);
        c->ns = l->name.ns;
        if (c->n_kinds || c->pods || c->hints)
            kc_grammar_decides(g, l);
    } else {
        const struct kc_mention *last = &c->targets[c->n_targets - 1];
        fits &= !last->ns || KC_STREQ(last->ns, l->name.ns);
        kc_grammar_decides(g, l);
    }
    if (!fits)
        kc_grammar_odd(g);
    for (size_t t = 0; t < c->n_targets; t++)
        if (!c->targets[t].ns)
            c->targets[t].ns = l->name.ns;
}

/* A name that is not known, where a read names its object. */
void kc_part_unknown(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    struct kc_clause *c = g->c;
    size_t i = g->i;
    while (i > 0 && (kc_grammar_at(g, i - 1)->part == KC_W_ARTICLE || kc_grammar_at(g, i - 1)->part == KC_W_KIND ||
                     kc_grammar_at(g, i - 1)->part == KC_W_POD))
        i--;
    enum kc_part last = i ? kc_grammar_at(g, i - 1)->part : KC_W_STOP;
    bool reads = c->verb ? kc_word_reads(c->verb) : (c->hints & KC_ANY_READ) != 0;
    kc_grammar_odd(g);
    if (reads && !c->n_targets &&
        (last == KC_W_LINK || last == KC_W_FOR || kc_grammar_at(g, g->i - 1)->part == KC_W_KIND)) {
        g->out.n_odd--;
        kc_grammar_add_target(
            g, c, (struct kc_mention){.name = l->name.name, .type = c->kind_word ? c->kind : NULL, .word = g->i});
        if (c->kind_word && c->n_kinds)
            c->n_kinds--;
        c->kind_word = 0;
        g->joined = false;
        kc_grammar_decides(g, l);
    }
}

void kc_part_pod(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    bool pods = kc_str_starts(l->text, "po") && !strchr(l->raw, ' ');
    g->c->pods |= pods;
    g->c->counts = true;
    g->c->plural |= pods && l->word->num == 0;
    g->c->hints |= pods ? KC_H_PODS : 0;
    if (kc_grammar_before(g) == KC_W_NAME && g->c->n_targets)
        g->c->targets[g->c->n_targets - 1].tail = l->text;
    kc_grammar_decides(g, l);
}

void kc_part_suffix(struct kc_grammar *g)
{
    const struct kc_lexeme *l = kc_grammar_at(g, g->i);
    if (kc_grammar_before(g) == KC_W_NAME && g->c->n_targets)
        g->c->targets[g->c->n_targets - 1].tail = l->text;
    else if (KC_STREQ(l->text, "services") && kc_grammar_at(g, g->i + 1)->part != KC_W_NAME &&
             g->c->n_kinds < KC_MAX_KINDS)
        g->c->kinds[g->c->n_kinds++] = kc_restmap_find(g->r->in->inventory->restmap, "services");
    g->c->suffix = l->text;
    kc_grammar_decides(g, l);
}

/* "basket: roll it back" speaks of basket. */
void kc_part_pronoun(struct kc_grammar *g)
{
    struct kc_clause *c = g->c;
    int sign = kc_grammar_at(g, g->i)->word->sign ? kc_grammar_at(g, g->i)->word->sign : 1;
    bool same = kc_grammar_before(g) == KC_W_VERB && c->n_targets &&
                ((sign == 1 && c->n_targets == 1) || (sign == 2 && c->n_targets > 1));
    if (!same)
        c->pronoun = sign;
}
