/* How a sentence is built, what carries no meaning, and what no plan can honour. */
#include "controller/plan/vocabulary.h"

static const struct kc_word rows[] = {
    {.part = KC_W_DIRECTION, .sign = 1, .words = "up, upwards, out"},
    {.part = KC_W_DIRECTION, .sign = -1, .words = "down, downwards"},
    {.part = KC_W_DIRECTION, .sign = -1, .bare = KC_BARE_CHANGE, .words = "off, away"},
    {.part = KC_W_MORE, .sign = 1, .words = "more, additional, extra, another, further"},
    {.part = KC_W_MORE, .sign = -1, .words = "fewer, less"},
    {.part = KC_W_TO, .words = "to, at, --replicas, ->, =>, -->, onto, back to, to use, to use the"},
    {.part = KC_W_BY, .words = "by"},
    {.part = KC_W_FROM, .words = "from, --from"},
    {.part = KC_W_IN, .words = "in, within, inside"},
    {.part = KC_W_FOR, .words = "for, --for"},
    {.part = KC_W_LINK, .words = "of, on, with, per, belonging to, behind, having, owned by"},
    {.part = KC_W_NAMESPACE, .words = "namespace, ns, env namespace"},
    {.part = KC_W_NAMESPACE_FLAG, .words = "-n, --namespace"},
    {.part = KC_W_EVERYWHERE,
     .words =
         "-a, --all-namespaces, all namespaces, in all namespaces, every namespace, in every namespace, across all "
         "namespaces, across namespaces, across the cluster, cluster-wide, clusterwide, everywhere, in the whole "
         "cluster, "
         "cluster wide, from all namespaces, of all namespaces, in any namespace, across the whole cluster"},
    {.part = KC_W_AND,
     .words =
         "and, then, and then, and also, also, as well as, plus, +, &, &&, after that, afterwards, and after that"},
    {.part = KC_W_EACH, .words = "each, both, apiece"},
    {.part = KC_W_SHOULD,
     .want = KC_WANT_NEED,
     .bare = KC_BARE_SET,
     .wish = true,
     .words = "should, must, shall, ought to"},
    {.part = KC_W_VERB, .want = KC_WANT_NEED, .wish = true, .words = "could use, can use"},
    {.part = KC_W_HAVE, .want = KC_WANT_NEED, .bare = KC_BARE_SET, .wish = true, .words = "have, has, runs, got, had"},
    {.part = KC_W_BE, .want = KC_WANT_NEED, .bare = KC_BARE_SET, .wish = true, .words = "be, be at"},
    {.part = KC_W_BE,
     .words = "is, are, am, was, were, been, being, gets, getting, keeps, looks, seems, it's, they're, is being, has "
              "been, have been"},
    {.part = KC_W_FILLER,
     .words = "now, for now, right now, right away, immediately, asap, at once, just, only, exactly, precisely, "
              "simply, quickly, hey, hi, hello, team, folks, kubechat, thanks, thanks a lot, thank you, thx, "
              "cheers, ok, okay, so, there, there to be, that, as many, total, a total of, in total, in all, "
              "altogether, overall, current, currently, in place, go ahead and, in the cluster, its "
              "current size, worth of, as big, as large, from now on, horizontally, again, for me, for us, once more, "
              "first, "
              "finally, manually, by hand, one more time, straight away, real quick, quick, at the moment, at present, "
              "these days, "
              "i have the wish to, i wish to, we wish to, sry, soz, btw, just once, once now, once please, good "
              "morning, good afternoon, good evening, dear, many "
              "thanks, much appreciated, ta, in our cluster, "
              "on the cluster, in this cluster, actually, really, gracefully, i think, any chance, "
              "any chance "
              "that, be so kind as to, be so kind and, when you get a chance, when you have a moment, when you get a "
              "moment, when you have a minute, "
              "if you don't mind, if you please, if possible, "
              "if you can, if you could, if that's ok, sorry, oh, well, alright, right, yo, y'all, the following, "
              "it would be great if, it'd be great if, i was wondering if, i wonder if, so much, appreciate it, "
              "value, to the value, with value, with a value of, target, targeting, utilisation target, as a, as the, "
              "and go, "
              "here, in here, around here, new, brand new, specific, deployment's, over to, full, entire output, "
              "please and thank you, completely, entirely, until further notice, from running, exist, exists"},
    {.part = KC_W_ARTICLE, .words = "the, a, an, our, my, your, some of the"},
    {.part = KC_W_PERSON, .words = "we, i, you, u, us, me, somebody, someone, we're, i'm"},
    {.part = KC_W_MODAL, .words = "can, could, would, will, can't you"},
    {.part = KC_W_PLEASE,
     .words = "please, pls, plz, kindly, may i, may we, might i, let, lets, let us, let's, pretty please, please go "
              "ahead and, plse"},
    {.part = KC_W_MIND,
     .words = "any chance, any chance that, would it be possible to, is it possible to, could it be possible to, mind, "
              "how about, what about, do you mind, would you mind, consider, try"},
    {.part = KC_W_BECAUSE,
     .sentence = true,
     .words = "because, because of, since, due to, owing to, thanks to, so that, so we can, so it can, so they can, "
              "given that, in order to, on account of, in light of, in view of, in response to, as we, as traffic, "
              "as demand, as load, now that, so i can, so that i can, as the load, as the traffic, as the sale, cause, "
              "cos, bc"},
    {.part = KC_W_BECAUSE,
     .words = "before, ahead of, in advance of, in preparation for, in anticipation of, in time for"},
    {.part = KC_W_PURPOSE_VERB,
     .words = "handle, cope, survive, absorb, serve, meet, support, sustain, accommodate, save, prepare, deal, "
              "help, relieve, withstand, be ready, be safe, fix, free, pick up, apply the, load the, refresh"},
    {.part = KC_W_EVENT, .words = "black friday, cyber monday, cyber week, boxing day, new year"},
    {.part = KC_W_NOT,
     .words = "not, no, none, never, dont, cannot, cant, wont, without, neither, nor, instead, rather, avoid, "
              "refrain, forget, nobody, nothing, hardly, never mind, nvm, scratch that, hold off"},
    {.part = KC_W_IF,
     .words =
         "if, unless, except, excluding, but, however, when, whenever, once, while, whilst, until, till, "
         "after, during, assuming, provided, in case, as soon as, as long as, depending, besides, apart from, other "
         "than, "
         "otherwise, else, or, either, whether, maybe, perhaps, probably, possibly, might, may, only if, only when, "
         "bar, save for, minus the"},
    {.part = KC_W_TIME,
     .words =
         "am, pm, a.m, p.m, o'clock, utc, noon, midnight, tonight, today, tomorrow, yesterday, monday, "
         "tuesday, wednesday, thursday, friday, saturday, sunday, weekend, weekends, second, seconds, minute, "
         "minutes, mins, hour, hours, hr, hrs, day, days, week, weeks, month, months, january, february, "
         "april, june, july, august, september, october, november, december, quarterly, year, years, morning, "
         "afternoon, evening, night, overnight, later, soon, a while, daily, weekly, hourly, nightly, "
         "temporarily, gradually, slowly, eod, eow, cob, lunch, lunchtime, dinner, breakfast, dawn, dusk, secs, sec"},
    {.part = KC_W_ALL,
     .words = "all, everything, every, any, anything, whole, entire, *, all of, all of the, all the, any of the, every "
              "single"},
    {.part = KC_W_PRONOUN, .words = "it, that one, this, this one, the same, same"},
    {.part = KC_W_PRONOUN, .sign = 4, .words = "its"},
    {.part = KC_W_PRONOUN, .sign = 5, .words = "their"},
    {.part = KC_W_PRONOUN, .sign = 2, .words = "them, they, these, those, both of them, all of them, the two of them"},
    {.part = KC_W_PRONOUN,
     .sign = 3,
     .words = "respectively, others, other, rest, the others, the rest, the other one"},
    {.part = KC_W_VAGUE,
     .words =
         "few, several, some, many, lots, lot, plenty, enough, bit, little, slightly, much, a bit, a little, a few"},
    {.part = KC_W_BOUND,
     .words = "least, most, minimum, maximum, max, min, about, around, roughly, approximately, approx, between, than, "
              "under, above, below, nearly, almost, at least, at most, no more than, no fewer than, minimum of, "
              "maximum of, --min, --max, a minimum of, a maximum of, max of, min of, more than"},
    {.part = KC_W_OTHER,
     .words = "wipe, evict, "
              "backup, taint, exec, who can, who may, who is allowed to, who has access to, who has permission to, who "
              "has permissions to, which users can,  patch, edit, apply, "
              "install, uninstall, replace, rename, copy to, clone, migrate, "
              "repair, notify, "
              "forward, curl, rm, sudo, approve, reject, cancel, ssh, format, rebuild, order, buy, book, send, email, "
              "write, sing, play"},
    {.part = KC_W_QUESTION,
     .words = "when was, when were, when did, since when, how, hows, what, what's, whats, which, who, who's, whose, "
              "does, did, do, how many, how much, how's, is "
              "there, "
              "are there, "
              "what are, what is, which of, how are, how is, do you know, do we have, do you have, do we, do you"},
    {.part = KC_W_QUESTION,
     .hints = KC_H_ROLLOUT,
     .words = "did the last deployment, did the deployment, was the last deployment, was the deployment, did the last "
              "deploy, did the deploy, is the deployment of"},
    {.part = KC_W_QUESTION,
     .hints = KC_H_WHERE,
     .words = "where, where's, where is, where are, on which node, on what node, which node is"},
    {.part = KC_W_KUBECTL, .words = "kubectl, helm"},
};

const struct kc_words kc_words_grammar = {.rows = rows, .n = sizeof rows / sizeof *rows};
