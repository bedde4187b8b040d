/* What is wanted: the verbs of the language. */
#include "controller/plan/vocabulary.h"

#define V .part = KC_W_VERB

static const struct kc_word rows[] = {
    /* how many */
    {V, .want = KC_WANT_SCALE, .words = "scale, rescale, right-size"},
    {V, .want = KC_WANT_SET, .overwrites = true, .words = "resize, adjust, change, modify, swap, dial, ramp, crank"},
    {V, .want = KC_WANT_TURN, .words = "turn, switch, power"},
    {V, .want = KC_WANT_BRING, .light = true, .words = "bring, return, wake"},
    {V, .want = KC_WANT_SET, .light = true, .words = "move, go, point"},
    {V, .want = KC_WANT_TAKE, .bare = KC_BARE_CHANGE, .light = true, .words = "take, pull, knock, shave"},
    {V, .want = KC_WANT_SET, .bare = KC_BARE_SET, .words = "set, configure, mark"},
    {V, .want = KC_WANT_SET, .bare = KC_BARE_SET, .light = true, .words = "make, put, keep, maintain"},
    {V, .want = KC_WANT_SET, .bare = KC_BARE_SET, .light = true, .asks = true, .words = "use"},
    {V, .want = KC_WANT_RUN, .bare = KC_BARE_SET, .light = true, .words = "run"},
    {V, .want = KC_WANT_NEED, .bare = KC_BARE_SET, .wish = true,
     .words = "ensure, make sure, see to it, make it so, make it so that, see that"},
    {V, .want = KC_WANT_NEED, .bare = KC_BARE_SET, .wish = true,
     .words = "need, needs, will need, we'll need, i'll need, going to need, are going to need, we're going to need, "
              "want, wants, require, requires, would like, i'd like, we'd like, i'd love, deserves"},
    {V, .want = KC_WANT_MORE, .sign = 1, .gives = true, .words = "give, allocate, assign, grant"},
    {V, .want = KC_WANT_MORE, .sign = 1,
     .words = "scale-up, upsize, increase, increment, raise, grow, "
              "boost, expand, extend, upscale, lift, hike, beef"},
    {V, .want = KC_WANT_ADD, .sign = 1, .bare = KC_BARE_CHANGE, .words = "add, attach"},
    {V, .want = KC_WANT_RUN, .sign = 1, .creates = true, .light = true, .words = "start, launch"},
    {V, .want = KC_WANT_RUN, .creates = true, .words = "trigger, fire off, kick off, fire, invoke, rerun, re-run"},
    {V, .want = KC_WANT_CREATE, .sign = 1, .creates = true, .words = "create, provision, spawn, set up"},
    {V, .want = KC_WANT_SCALE, .creates = true, .words = "spin"},
    {V, .want = KC_WANT_REMOVE, .sign = -1, .bare = KC_BARE_CHANGE, .removes = true,
     .words = "remove, subtract, drop, shed, get rid of"},
    {V, .want = KC_WANT_REMOVE, .sign = -1, .bare = KC_BARE_CHANGE, .removes = true, .tidies = true, .words = "clear"},
    {V, .want = KC_WANT_LESS, .sign = -1,
     .words = "scale-down, downsize, decrease, decrement, reduce, lower, shrink, cut, trim, downscale"},
    {V, .want = KC_WANT_SCALE, .num = 2, .den = 1, .words = "double, double up, double up on"},
    {V, .want = KC_WANT_SCALE, .num = 3, .den = 1, .words = "triple, treble"},
    {V, .want = KC_WANT_SCALE, .num = 4, .den = 1, .words = "quadruple"},
    {V, .want = KC_WANT_SCALE, .num = 5, .den = 1, .words = "quintuple"},
    {V, .want = KC_WANT_SCALE, .num = 1, .den = 2, .words = "halve"},
    {V, .want = KC_WANT_STOP,
     .words = "stop, shut, shut down, shutdown, shut off, turn off, switch off, power off, power down, "
              "take offline, scale to zero, spin down, wind down, bring offline, halt"},
    /* rollouts */
    {V, .want = KC_WANT_RESTART,
     .words =
         "restart, bounce, kick, cycle, recycle, reboot, reload, redeploy, rolling restart, "
         "rollout restart, roll out restart, roll-out restart, power cycle, power-cycle, respawn, recreate, trigger a "
         "rollout, trigger a new rollout, trigger rollout, force a rollout, start a new rollout, kick off a rollout"},
    {V, .want = KC_WANT_ROLL, .words = "roll"},
    {V, .want = KC_WANT_UNDO, .words = "undo, revert, rollback, roll back, rollout undo, restore, back out"},
    {V, .want = KC_WANT_SHIP, .sign = 1, .creates = true, .words = "deploy"},
    {V, .want = KC_WANT_BUMP, .sign = 1, .words = "bump"},
    {V, .want = KC_WANT_SHIP, .words = "ship, release, promote, publish, roll out, rollout, push, push out"},
    {V, .want = KC_WANT_UPGRADE, .overwrites = true, .words = "upgrade, downgrade, update, patch up"},
    {V, .want = KC_WANT_PAUSE, .words = "pause, hold, freeze, rollout pause, put on hold"},
    {V, .want = KC_WANT_RESUME,
     .words =
         "resume, allow, permit, unpause, unsuspend, un-suspend, unfreeze, continue, carry on, go on, rollout resume, "
         "un-pause"},
    /* objects */
    {V, .want = KC_WANT_DELETE,
     .words = "delete, del, destroy, erase, reap, bin, nuke, throw away, throw out, do away with, trash, scrap"},
    {V, .want = KC_WANT_DELETE, .tidies = true,
     .words = "clean up, cleanup, clean out, clear out, clear up, tidy up, purge, prune"},
    {V, .want = KC_WANT_KILL, .words = "kill, terminate"},
    {V, .want = KC_WANT_UNSET, .words = "unset, unlabel, strip"},
    {V, .want = KC_WANT_CORDON, .words = "cordon, cordon off, block"},
    {V, .want = KC_WANT_UNCORDON, .words = "uncordon, un-cordon"},
    {V, .want = KC_WANT_DRAIN,
     .words = "drain, evacuate, empty, evict everything from, evict everything off, evict everything on, evict all "
              "pods from, evict all pods off, evict all pods on, evict all the pods from, move everything off, move "
              "all pods off, move all the pods off, move everything away from, get everything off"},
    {V, .want = KC_WANT_LABEL, .words = "label, tag"},
    {V, .want = KC_WANT_LABEL, .overwrites = true, .words = "relabel"},
    {V, .want = KC_WANT_ANNOTATE, .words = "annotate"},
    {V, .want = KC_WANT_AUTOSCALE, .words = "autoscale, auto-scale, auto scale"},
    {V, .want = KC_WANT_EXPOSE, .words = "expose"},
    {V, .want = KC_WANT_SUSPEND, .words = "suspend, disable, deactivate"},
    {V, .want = KC_WANT_ENABLE, .words = "enable, activate, reactivate, re-enable"},
    {V, .want = KC_WANT_DO, .words = "do, perform, initiate, carry out, execute, issue, force"},
    {V, .want = KC_WANT_SET, .hints = KC_H_LIMIT, .words = "limit, cap"},
    /* reads */
    {V, .want = KC_WANT_SHOW, .bare = KC_BARE_SET, .wish = true, .removes = true, .words = "get"},
    {V, .want = KC_WANT_SHOW,
     .words = "show, list, display, print, fetch, view, see, find, count, look at, look up, tell me, tell, give me, "
              "give us, pull up, let me see, dump, output, grab, retrieve, read, get me, show me, bring up, report, "
              "cat, enumerate"},
    {V, .want = KC_WANT_SHOW, .hints = KC_H_LOGS, .words = "tail"},
    {V, .want = KC_WANT_CHECK, .words = "check, watch, monitor, verify, check on, follow, confirm, track, see how"},
    {V, .want = KC_WANT_DESCRIBE,
     .words = "describe, tell me about, tell me more about, tell me all about, inspect, detail, examine"},
    {V, .want = KC_WANT_DIAGNOSE,
     .words =
         "investigate, diagnose, debug, troubleshoot, analyze, analyse, look into, what's wrong, "
         "what is wrong, whats wrong, what's up, what's the matter, what is the matter, why, what's going on, what is "
         "going on, whats going on, what's happening, what is happening, figure out, find out why, dig into, work out "
         "why, "
         "how come, what broke, triage, why can't, why cannot, why won't, why doesn't, why isn't, why aren't, why is "
         "not, why does not"},
    {V, .want = KC_WANT_EXPLAIN, .words = "explain, explain to me"},
    {V, .want = KC_WANT_WAIT, .words = "wait, wait for, wait until, wait till, wait on, block until, wait for the"},
    {V, .want = KC_WANT_MAY,
     .words = "am i allowed to, are we allowed to, am i able to, am i permitted to, are we permitted to, can-i, "
              "auth can-i, do i have permission to, do we have permission to, do i have permissions to, do i have the "
              "right to, do i have rights to, do i have access to, have i the right to, what am i allowed to, "
              "what can i do, what may i do, my permissions, my rights, what are my permissions, what are my rights, "
              "what permissions do i have, what rights do i have"},
    {V, .want = KC_WANT_SHOW, .hints = KC_H_SELF, .words = "who am i, whoami, who i am, my username"},
    {V, .want = KC_WANT_SHOW, .hints = KC_H_EVENTS, .words = "what happened, what has happened, what's happened"},
    {V, .want = KC_WANT_SHOW, .hints = KC_H_HISTORY, .words = "what changed, what has changed, what's changed"},
    {V, .want = KC_WANT_USE, .hints = KC_H_USAGE, .light = true,
     .words = "eats, eating, uses, using, hogs, hogging, consumes, consuming, burns, burning, consume, eat, hog, burn, "
              "chewing, "
              "gobbling, taking up"},
};

const struct kc_words kc_words_wishes = {.rows = rows, .n = sizeof rows / sizeof *rows};
