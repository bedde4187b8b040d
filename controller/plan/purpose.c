/* Why: reasons are carried along, never acted on. What might be more than a reason is asked about. */
#include <string.h>

#include "controller/plan/reading.h"

struct purpose {
    size_t first, last; /* the word that introduces it, and the one behind its end */
    bool sentence;      /* "because ...": may speak of objects */
    bool leads;         /* stands before the request, which may follow without a comma */
};

static const struct kc_lexeme *at(const struct kc_reading *r, size_t i)
{
    /* There is a KC_W_STOP behind the last word. */
    return &r->words.v[i < r->words.n ? i : r->words.n];
}

static size_t skip_small(const struct kc_reading *r, size_t i)
{
    for (;; i++)
        switch (at(r, i)->part) {
        case KC_W_ARTICLE:
        case KC_W_FILLER:
        case KC_W_PLEASE:
        case KC_W_POD:
        case KC_W_LINK:
            continue;
        default:
            return i;
        }
}

static bool names_object(const struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++)
        if (at(r, i)->part == KC_W_NAME && at(r, i)->workload)
            return true;
    return false;
}

/* "for checkout", "for the deployment web": a target, not a reason. */
static bool for_target(const struct kc_reading *r, size_t i)
{
    size_t name = skip_small(r, i + 1);
    switch (at(r, name)->part) {
    case KC_W_NUMBER:
    case KC_W_DURATION:
    case KC_W_SLOT:
    case KC_W_PRONOUN:
    case KC_W_ALL:
        return true;
    default:
        break;
    }
    if (at(r, name)->part == KC_W_KIND || at(r, name)->part == KC_W_SUFFIX)
        name = skip_small(r, name + 1);
    if (at(r, name)->part == KC_W_UNKNOWN)
        return !names_object(r);
    return at(r, name)->part == KC_W_NAME && at(r, name + 1)->part != KC_W_UNKNOWN &&
           (at(r, name)->workload || !names_object(r));
}

static bool begins(const struct kc_reading *r, size_t i, struct purpose *ret)
{
    const struct kc_lexeme *l = at(r, i);
    *ret = (struct purpose){.first = i};
    if (l->part == KC_W_BECAUSE)
        ret->sentence = l->word->sentence;
    return l->part == KC_W_BECAUSE || (l->part == KC_W_FOR && !for_target(r, i)) ||
           (l->part == KC_W_TO && at(r, i + 1)->part == KC_W_PURPOSE_VERB);
}

/* Whether nothing of a request stands before the word, since the last clause. */
static bool leads(const struct kc_reading *r, size_t i)
{
    while (i-- > 0)
        switch (at(r, i)->part) {
        case KC_W_STOP:
        case KC_W_COMMA:
        case KC_W_AND:
            return true;
        case KC_W_FILLER:
        case KC_W_PLEASE:
            continue;
        default:
            return false;
        }
    return true;
}

/* "the increase", "the expected drop": a noun. */
static bool is_noun(const struct kc_reading *r, size_t i)
{
    return at(r, i - 1)->part == KC_W_ARTICLE ||
           (i > 1 && at(r, i - 1)->part == KC_W_UNKNOWN && at(r, i - 2)->part == KC_W_ARTICLE);
}

/* "so that we can replace its disk", "it has been repaired": what is told of, not asked for. */
static bool is_told(const struct kc_reading *r, size_t i)
{
    switch (at(r, i - 1)->part) {
    case KC_W_MODAL:
    case KC_W_TO:
    case KC_W_PERSON:
    case KC_W_BE:
    case KC_W_HAVE:
    case KC_W_BECAUSE:
        return true;
    default:
        return false;
    }
}

/* "... and double cart": a new clause rather than more of the reason. */
static bool and_request(const struct kc_reading *r, size_t i)
{
    switch (at(r, skip_small(r, i + 1))->part) {
    case KC_W_VERB:
    case KC_W_NAME:
    case KC_W_NUMBER:
    case KC_W_KIND:
    case KC_W_OTHER:
    case KC_W_MORE:
    case KC_W_DIRECTION:
    case KC_W_NOT:
    case KC_W_PERSON:
    case KC_W_MODAL:
        return true;
    default:
        return false;
    }
}

/* "before the sale | we need ...": the request begins without a comma. */
static bool request_begins(const struct kc_reading *r, size_t i)
{
    const struct kc_lexeme *l = at(r, i), *next = at(r, i + 1);
    bool wish = (next->part == KC_W_VERB && next->word->wish) || next->part == KC_W_SHOULD;
    switch (l->part) {
    case KC_W_PLEASE:
    case KC_W_NUMBER:
        return true;
    case KC_W_VERB:
        return !l->word->wish && !is_noun(r, i);
    case KC_W_MODAL:
        return next->part == KC_W_PERSON;
    case KC_W_PERSON:
    case KC_W_NAME:
        return wish;
    default:
        return false;
    }
}

static bool ends(const struct kc_reading *r, const struct purpose *p, size_t i)
{
    switch (at(r, i)->part) {
    case KC_W_STOP:
    case KC_W_COMMA:
    case KC_W_QUERY:
    case KC_W_PLACE:
    case KC_W_BECAUSE:
        return true;
    case KC_W_AND:
        return and_request(r, i);
    default:
        return p->leads && i > p->first + 1 && request_begins(r, i);
    }
}

static bool one_of(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (KC_STREQ(list[i], word))
            return true;
    return false;
}

/* "before launch day" is an event, "for the next day" a time. */
static bool is_event_day(const struct kc_reading *r, size_t i)
{
    static const char *const next[] = {"next", "last", "coming", "following", "first", "previous"};
    const struct kc_lexeme *before = at(r, i - 1);
    return KC_STREQ(at(r, i)->text, "day") && (before->part == KC_W_UNKNOWN || before->part == KC_W_VERB) &&
           !one_of(before->text, next, sizeof next / sizeof *next);
}

/* "for the sale in production" may say where, which is not ours to overlook. */
static bool is_elsewhere(const char *word)
{
    static const char *const stages[] = {"production", "prod", "staging", "stage",  "development", "dev",
                                         "qa",         "uat",  "preprod", "canary", "cluster",     "clusters"};
    return one_of(word, stages, sizeof stages / sizeof *stages);
}

/* Whether a word may stand in a reason without being more than one. */
static bool harmless(const struct kc_reading *r, const struct purpose *p, size_t i)
{
    const struct kc_lexeme *l = at(r, i);
    switch (l->part) {
    case KC_W_NUMBER:
    case KC_W_DURATION:
    case KC_W_MEMORY:
    case KC_W_CPU:
    case KC_W_SLOT:
    case KC_W_NOT:
    case KC_W_IF:
    case KC_W_QUESTION:
    case KC_W_KUBECTL:
        return false;
    case KC_W_TIME:
        return is_event_day(r, i);
    case KC_W_UNKNOWN:
        return !is_elsewhere(l->text) || at(r, i - 1)->part == KC_W_VERB; /* "go live" */
    case KC_W_IN:
    case KC_W_VAGUE: /* "for a bit" */
        return p->sentence;
    case KC_W_VERB:
    case KC_W_PARTICIPLE:
    case KC_W_OTHER:
        return (l->word && (l->word->wish || l->word->light)) || is_noun(r, i) || (p->sentence && is_told(r, i));
    case KC_W_NAME:
        return p->sentence || !l->workload;
    case KC_W_PERSON:
        return p->sentence || l->text[0] != 'y';
    default:
        return true;
    }
}

static void take(struct kc_reading *r, struct purpose *p)
{
    size_t bad = 0;
    p->leads = leads(r, p->first);
    for (p->last = p->first + 1; !ends(r, p, p->last); p->last++)
        if (!bad && !harmless(r, p, p->last))
            bad = p->last;
    const char *text = kc_reading_quote(r, at(r, p->first)->at, at(r, p->last - 1)->end);
    /* What asks for something else is refused with its own words. */
    if (bad && at(r, bad)->part != KC_W_OTHER && at(r, bad)->part != KC_W_KUBECTL)
        kc_answer_ask(
            r->a, r->ret,
            "\"%.200s\" may be more than a reason (because of \"%.60s\"): kubechat acts now and on nothing else; "
            "say only what is to be changed",
            text, kc_reading_quote(r, at(r, bad)->at, at(r, bad)->end));
    else if (p->last == p->first + 1)
        kc_answer_ask(r->a, r->ret, "nothing follows \"%s\": what is meant?", text);
    if (kc_reading_done(r) || bad)
        return;
    kc_strs_append(r->a, &r->purposes, text);
    kc_reading_cut(r, p->first, p->last - p->first);
}

void kc_reading_purposes(struct kc_reading *r)
{
    struct purpose p;
    for (size_t i = 0; i < r->words.n && !kc_reading_done(r);) {
        size_t before = r->words.n;
        if (begins(r, i, &p))
            take(r, &p);
        i += r->words.n == before;
    }
}
