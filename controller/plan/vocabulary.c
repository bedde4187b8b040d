#include "controller/plan/vocabulary.h"

#include <string.h>

#include "controller/base/text.h"

static const struct kc_word table[] = {
    /* verbs that leave the direction open */
    {.part = KC_W_VERB, .words = "scale, rescale, resize, adjust, change, modify, turn, dial, ramp, crank, right-size"},
    {.part = KC_W_VERB, .light = true, .words = "bring, move, push, go"},
    {.part = KC_W_VERB, .bare = KC_BARE_CHANGE, .light = true, .words = "take"},
    {.part = KC_W_VERB, .bare = KC_BARE_SET, .words = "set, configure"},
    {.part = KC_W_VERB, .bare = KC_BARE_SET, .light = true, .words = "make, put, keep, maintain, run"},
    {.part = KC_W_VERB, .bare = KC_BARE_SET, .wish = true, .words = "ensure, make sure, see to it"},
    /* wishes */
    {.part = KC_W_VERB,
     .bare = KC_BARE_SET,
     .wish = true,
     .words = "need, needs, will need, we'll need, i'll need, going to need, are going to need, we're going to need, "
              "want, wants, require, requires, would "
              "like, i'd like, we'd like"},
    {.part = KC_W_VERB, .bare = KC_BARE_SET, .wish = true, .removes = true, .words = "get"},
    /* more */
    {.part = KC_W_VERB,
     .sign = 1,
     .words = "scale-up, upsize, give, allocate, assign, grant, increase, increment, raise, grow, bump, boost, expand, "
              "extend, "
              "upscale, lift, hike, beef"},
    {.part = KC_W_VERB, .sign = 1, .bare = KC_BARE_CHANGE, .words = "add"},
    {.part = KC_W_VERB, .sign = 1, .creates = true, .light = true, .words = "start, launch"},
    {.part = KC_W_VERB, .sign = 1, .creates = true, .words = " create, deploy, provision, spawn"},
    {.part = KC_W_VERB, .creates = true, .words = "spin, fire"},
    /* less */
    {.part = KC_W_VERB,
     .sign = -1,
     .bare = KC_BARE_CHANGE,
     .removes = true,
     .words = "remove, subtract, drop, shed, get rid of"},
    {.part = KC_W_VERB,
     .sign = -1,
     .words = "scale-down, downsize, decrease, decrement, reduce, lower, shrink, cut, trim, downscale"},
    /* factors */
    {.part = KC_W_VERB, .num = 2, .den = 1, .words = "double"},
    {.part = KC_W_VERB, .num = 3, .den = 1, .words = "triple, treble"},
    {.part = KC_W_VERB, .num = 4, .den = 1, .words = "quadruple"},
    {.part = KC_W_VERB, .num = 5, .den = 1, .words = "quintuple"},
    {.part = KC_W_VERB, .num = 1, .den = 2, .words = "halve"},
    {.part = KC_W_DIRECTION, .sign = 1, .words = "up, upwards, out"},
    {.part = KC_W_DIRECTION, .sign = -1, .words = "down, downwards"},
    {.part = KC_W_DIRECTION, .sign = -1, .bare = KC_BARE_CHANGE, .words = "off, away"},
    {.part = KC_W_MORE, .sign = 1, .words = "more, additional, extra, another, further"},
    {.part = KC_W_MORE, .sign = -1, .words = "fewer, less"},
    {.part = KC_W_TO, .words = "to, at, --replicas"},
    {.part = KC_W_BY, .words = "by"},
    {.part = KC_W_FROM, .words = "from"},
    {.part = KC_W_IN, .words = "in, within, inside"},
    {.part = KC_W_FOR, .words = "for"},
    {.part = KC_W_LINK, .words = "of, on, with"},
    {.part = KC_W_POD, .num = 1, .den = 1, .words = "pod, replica, instance, copy"},
    {.part = KC_W_POD,
     .words = "pods, replicas, instances, copies, replica count, pod count, number of, count of, amount of, count, "
              "size, scale of"},
    {.part = KC_W_SUFFIX,
     .words = "service, services, microservice, microservices, app, apps, application, applications, workload, "
              "workloads, component, components"},
    {.part = KC_W_NAMESPACE, .words = "namespace, ns"},
    {.part = KC_W_NAMESPACE_FLAG, .words = "-n, --namespace"},
    {.part = KC_W_AND, .words = "and, then, and then, and also, also, as well as, plus, &, &&"},
    {.part = KC_W_EACH, .words = "each, both, apiece"},
    {.part = KC_W_SHOULD, .bare = KC_BARE_SET, .wish = true, .words = "should, must, shall, ought to"},
    {.part = KC_W_VERB, .wish = true, .words = "could use, can use"},
    {.part = KC_W_HAVE, .bare = KC_BARE_SET, .wish = true, .words = "have, has, runs, be, be at, got"},
    {.part = KC_W_FILLER,
     .words = "now, for now, right now, right away, immediately, asap, at once, just, only, exactly, precisely, "
              "simply, quickly, hey, hi, hello, team, folks, kubechat, thanks, thanks a lot, thank you, thx, "
              "cheers, ok, okay, so, there, there to be, that, back, as many, total, a total of, in total, in all, "
              "altogether, overall, running, named, called, current, in place, go ahead and, in the cluster, its "
              "current size, worth of, as big, as large, from now on, horizontally"},
    {.part = KC_W_ARTICLE, .words = "the, a, an, our, my"},
    {.part = KC_W_PERSON, .words = "we, i, you, u, us, me, somebody, someone"},
    {.part = KC_W_MODAL, .words = "can, could, would, will"},
    {.part = KC_W_PLEASE, .words = "please, pls, plz, kindly, let, lets, let us"},
    {.part = KC_W_BECAUSE,
     .sentence = true,
     .words = "because, because of, since, due to, owing to, thanks to, so that, so we can, so it can, so they can, "
              "given that, in order to, on account of, in light of, in view of, in response to, as we, as traffic, "
              "as demand, as load, as the load, as the traffic, as the sale"},
    {.part = KC_W_BECAUSE,
     .words = "before, ahead of, in advance of, in preparation for, in anticipation of, in time for"},
    {.part = KC_W_PURPOSE_VERB,
     .words = "handle, cope, survive, absorb, serve, meet, support, sustain, accommodate, save, prepare, deal, "
              "help, relieve, withstand, be ready, be safe"},
    {.part = KC_W_EVENT, .words = "black friday, cyber monday, cyber week, boxing day, new year"},
    {.part = KC_W_NOT,
     .words = "not, no, none, never, dont, cannot, cant, wont, without, neither, nor, instead, rather, avoid, "
              "refrain, forget, nobody, nothing, hardly"},
    {.part = KC_W_IF,
     .words = "if, unless, except, excluding, but, however, when, whenever, once, while, whilst, until, till, "
              "after, afterwards, during, assuming, provided, in case, as soon as, as long as, depending, "
              "otherwise, else, or, either, whether, maybe, perhaps, probably, possibly, might, may"},
    {.part = KC_W_TIME,
     .words = "am, pm, a.m, p.m, o'clock, utc, noon, midnight, tonight, today, tomorrow, yesterday, monday, "
              "tuesday, wednesday, thursday, friday, saturday, sunday, weekend, weekends, second, seconds, minute, "
              "minutes, min, mins, hour, hours, hr, hrs, day, days, week, weeks, month, months, january, february, "
              "april, june, july, august, september, october, november, december, quarterly, year, years, morning, "
              "afternoon, evening, night, overnight, later, soon, a while, daily, weekly, hourly, nightly, "
              "temporarily, gradually, slowly, eod, eow, cob, lunch, lunchtime, dinner, breakfast, dawn, dusk"},
    {.part = KC_W_ALL, .words = "all, everything, every, any, anything, whole, entire, *"},
    {.part = KC_W_PRONOUN,
     .words = "it, its, them, their, they, this, these, those, same, respectively, others, other, rest"},
    {.part = KC_W_VAGUE, .words = "few, several, some, many, lots, lot, plenty, enough, bit, little, slightly, much"},
    {.part = KC_W_BOUND,
     .words = "least, most, minimum, maximum, max, about, around, roughly, approximately, approx, between, than, "
              "over, under, above, below, nearly, almost"},
    {.part = KC_W_OTHER,
     .words = "delete, destroy, erase, wipe, purge, kill, terminate, evict, stop, shut, shutdown, pause, resume, "
              "suspend, restart, reboot, reload, redeploy, recreate, bounce, roll, rollback, rollout, undo, revert, "
              "restore, backup, drain, cordon, uncordon, taint, exec, execute, patch, edit, apply, update, upgrade, "
              "downgrade, install, uninstall, replace, rename, copy to, clone, migrate, expose, annotate, label, "
              "enable, disable, describe, show, list, display, print, tell, explain, find, inspect, investigate, "
              "diagnose, debug, troubleshoot, analyze, analyse, check, watch, monitor, tail, fix, repair, notify, "
              "forward, curl, rm, sudo, approve, reject, cancel"},
    {.part = KC_W_QUESTION, .words = "why, how, what, what's, which, who, where, does, did"},
    {.part = KC_W_KUBECTL, .words = "kubectl, helm"},
};
#define ROWS (sizeof table / sizeof *table)

/* The next entry of a row's list; its length is 0 at the end. */
static const char *next_entry(const char *list, size_t *ret_len)
{
    list += strspn(list, ", ");
    *ret_len = strcspn(list, ",");
    return list;
}

/* How many of the given words the entry takes, 0: it does not match. */
static size_t matches(const char *entry, size_t len, const char *const *given, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t word = strlen(given[i]);
        if (!word || word > len || strncmp(entry, given[i], word) != 0 || (word < len && entry[word] != ' '))
            return 0;
        if (word == len)
            return i + 1;
        entry += word + 1;
        len -= word + 1;
    }
    return 0;
}

const struct kc_word *kc_vocabulary_find(const char *const *given, size_t n, size_t *ret_n)
{
    static const struct kc_word negated = {.part = KC_W_NOT, .words = "n't"};
    const struct kc_word *best = NULL;
    size_t len;
    *ret_n = 0;
    for (size_t i = 0; i < ROWS; i++)
        for (const char *p = next_entry(table[i].words, &len); len; p = next_entry(p + len, &len)) {
            size_t taken = matches(p, len, given, n);
            if (taken > *ret_n) {
                *ret_n = taken;
                best = &table[i];
            }
        }
    if (!best && n && kc_str_ends(given[0], "n't")) {
        *ret_n = 1;
        best = &negated;
    }
    return best;
}

/* word is base with ending, the last letter doubled ("stopped") or an e dropped ("deleting"). */
static bool is_form(const char *word, const char *base, size_t len, const char *ending)
{
    size_t w = strlen(word), e = strlen(ending), stem = w - e;
    if (w <= e || !kc_str_ends(word, ending))
        return false;
    if (stem == len || stem == len + 1)
        return strncmp(word, base, len) == 0 && (stem == len || word[len] == base[len - 1]);
    return stem + 1 == len && base[len - 1] == 'e' && strncmp(word, base, stem) == 0;
}

const struct kc_word *kc_vocabulary_form(const char *word, enum kc_part part)
{
    static const char *const endings[] = {"s", "es", "ed", "d", "ing", "ion"};
    size_t len;
    for (size_t i = 0; i < ROWS; i++)
        for (const char *p = next_entry(table[i].words, &len); len && table[i].part == part;
             p = next_entry(p + len, &len))
            for (size_t e = 0; e < sizeof endings / sizeof *endings; e++)
                if (is_form(word, p, len, endings[e]))
                    return &table[i];
    return NULL;
}
