/* What stops a plan that changes something: words that make it another request, or no plain one. */
#include <string.h>

#include "controller/plan/reading.h"

/* NAME: a message never names an object that may not exist. */
const char kc_reading_can[] =
    "what can be asked for: look (\"show the pods in NAMESPACE\", \"logs of NAME\", \"why is NAME crashing\"), scale, "
    "restart, roll back, pause or resume a rollout, set an image, resources or variables, label, annotate, autoscale, "
    "cordon, uncordon or drain a node, delete, or run a cronjob now";

/* In the order in which they count. */
static const struct {
    enum kc_part part;
    bool refused;
    const char *why; /* %s: the words */
} blockers[] = {
    {KC_W_KUBECTL, true, "\"%s\" stands among words: give either words or kubectl commands alone; nothing was planned"},
    {KC_W_OTHER, true, "\"%s\" asks for something that this version cannot do, so nothing of the request was planned"},
    {KC_W_NOT, false, "\"%s\" says what should not be: say only what should be done"},
    {KC_W_IF, false,
     "\"%s\" makes it depend on something that kubechat cannot judge: say plainly what should be done, and to what"},
    {KC_W_TIME, false, "\"%s\" speaks of a time, but kubechat acts at once: ask again when it is time, without it"},
    {KC_W_VAGUE, false, "\"%s\" is no number: how many exactly?"},
    {KC_W_BOUND, false, "\"%s\" leaves the number open: how many exactly?"},
    {KC_W_QUESTION, false, "\"%s\" asks a question: is a change meant? Say plainly what should be done"},
};

static void offer_named(struct kc_reading *r)
{
    struct kc_pick pick = {.verb = kc_verb_find("scale")};
    for (size_t i = 0; i < r->words.n; i++)
        if (r->words.v[i].part == KC_W_NAME)
            (void)kc_resolve_exact(r->a, r->in, &pick, r->words.v[i].name.name, r->ret);
}

static void block(struct kc_reading *r, size_t row, const struct kc_lexeme *l)
{
    const char *quoted = kc_reading_quote(r, l->at, l->end);
    /* A table of ours holds the formats: each has one %s. */
    const char *hole = strstr(blockers[row].why, "%s");
    const char *why =
        kc_arena_printf(r->a, "%.*s%s%s", (int)(hole - blockers[row].why), blockers[row].why, quoted, hole + 2);
    if (!blockers[row].refused) {
        offer_named(r);
        kc_answer_ask(r->a, r->ret, "%s", why);
    } else if (blockers[row].part == KC_W_KUBECTL) {
        kc_answer_refuse(r->a, r->ret, "%s", why);
    } else {
        kc_answer_refuse(r->a, r->ret, "%s; %s", why, kc_reading_can);
    }
}

static bool begins_clause(enum kc_part before)
{
    return before == KC_W_STOP || before == KC_W_COMMA || before == KC_W_AND;
}

/* At the beginning of a clause: "we run 4 copies" and "I will scale web" state, "can web have 6" and "should we" ask.
 */
static bool states_or_asks(const struct kc_lexeme *l, const struct kc_lexeme *next)
{
    switch (l->part) {
    case KC_W_PERSON:
        return l->text[0] != 'y' && ((next->part == KC_W_VERB && !next->word->wish) || next->part == KC_W_MODAL);
    case KC_W_MODAL:
        return next->part != KC_W_PERSON && next->part != KC_W_PLEASE && next->part != KC_W_FILLER &&
               next->part != KC_W_MIND;
    case KC_W_SHOULD:
        return true;
    default:
        return false;
    }
}

static void check_mood(struct kc_reading *r)
{
    bool asked = false, polite = false;
    enum kc_part before = KC_W_STOP;
    for (size_t i = 0; i < r->words.n && !kc_reading_done(r); i++) {
        const struct kc_lexeme *l = &r->words.v[i], *next = kc_reading_at(r, i + 1);
        if (l->part == KC_W_STOP)
            asked = polite = false;
        polite |= l->part == KC_W_MIND || (l->part == KC_W_MODAL && next->part != KC_W_NAME);
        asked |= l->part == KC_W_QUERY;
        if ((asked && !polite) || (begins_clause(before) && states_or_asks(l, next))) {
            offer_named(r);
            kc_answer_ask(r->a, r->ret, "is that a request? Say what should be done, as in \"scale NAME to 5\"");
        }
        if (l->part != KC_W_FILLER && l->part != KC_W_MIND)
            before = l->part;
    }
}

void kc_reading_blockers(struct kc_reading *r)
{
    for (size_t row = 0; row < sizeof blockers / sizeof *blockers; row++)
        for (size_t i = 0; i < r->words.n && !kc_reading_done(r); i++)
            if (r->words.v[i].part == blockers[row].part)
                block(r, row, &r->words.v[i]);
    check_mood(r);
}
