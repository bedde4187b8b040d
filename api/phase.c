#include "api/conditions.h"

#include <string.h>

#include "api/tables.h"

const char *const kc_phase_names[] = {
    [KC_PHASE_NONE] = "",
    [KC_PENDING] = "Pending",
    [KC_PLANNING] = "Planning",
    [KC_PREVIEWING] = "Previewing",
    [KC_AWAITING_APPROVAL] = "AwaitingApproval",
    [KC_EXECUTING] = "Executing",
    [KC_VERIFYING] = "Verifying",
    [KC_SUCCEEDED] = "Succeeded",
    [KC_PHASE_FAILED] = "Failed",
    [KC_ROLLED_BACK] = "RolledBack",
    [KC_REJECTED] = "Rejected",
    [KC_EXPIRED] = "Expired",
    [KC_CANCELLED] = "Cancelled",
    [KC_STALE] = "Stale",
    [KC_NEEDS_CLARIFICATION] = "NeedsClarification",
    [KC_REFUSED] = "Refused",
    [KC_PHASES] = NULL,
};

/* What entering a phase makes of each condition, in the order of enum kc_condition_type (Planned, Previewed, Approved,
 * Executed, Verified, Complete, Failed, Reconciling, Stalled): T True, F False (worked on or ruled out), U Unknown (not
 * begun), E at an end: what was reached stays True, the rest is False. `shown` gets the caller's reason: it is the one
 * that people look at. */
struct row {
    char cells[KC_CONDITION_TYPES + 1];
    enum kc_condition_type shown;
};
static const struct row rows[KC_PHASES] = {
    [KC_PENDING] = {"UUUUUUUTF", KC_PLANNED},      [KC_PLANNING] = {"FUUUUUUTF", KC_PLANNED},
    [KC_PREVIEWING] = {"TFUUUUUTF", KC_PREVIEWED}, [KC_AWAITING_APPROVAL] = {"TTFUUUUTF", KC_APPROVED},
    [KC_EXECUTING] = {"TTTFUUUTF", KC_EXECUTED},   [KC_VERIFYING] = {"TTTTFUUTF", KC_VERIFIED},
    [KC_SUCCEEDED] = {"TTTTTTFFF", KC_COMPLETE},   [KC_PHASE_FAILED] = {"EEEEEFTFT", KC_FAILED},
    [KC_ROLLED_BACK] = {"EEEEFFTFT", KC_FAILED},   [KC_REJECTED] = {"EEFFFFTFT", KC_FAILED},
    [KC_EXPIRED] = {"EEEEEFTFT", KC_FAILED},       [KC_CANCELLED] = {"EEEEEFTFT", KC_FAILED},
    [KC_STALE] = {"EEEEEFTFT", KC_FAILED},         [KC_NEEDS_CLARIFICATION] = {"FFFFFFTFT", KC_FAILED},
    [KC_REFUSED] = {"EEEEEFTFT", KC_FAILED},
};

const char *kc_phase_name(enum kc_phase p)
{
    return p < KC_PHASES ? kc_phase_names[p] : "";
}

enum kc_phase kc_phase_of_name(const char *name)
{
    for (int p = KC_PENDING; name && p < KC_PHASES; p++)
        if (KC_STREQ(kc_phase_names[p], name))
            return (enum kc_phase)p;
    return KC_PHASE_NONE;
}

bool kc_phase_final(enum kc_phase p)
{
    return p >= KC_SUCCEEDED && p < KC_PHASES;
}

static enum kc_truth truth(char cell, enum kc_truth before)
{
    switch (cell) {
    case 'T':
        return KC_TRUE;
    case 'F':
        return KC_FALSE;
    case 'E':
        return before == KC_TRUE ? KC_TRUE : KC_FALSE;
    default:
        return KC_UNKNOWN;
    }
}

/* Somebody set it, with a reason of their own ("NotRequired" on Approved), to what it is to be. */
static bool knows_better(const struct kc_condition *it, enum kc_truth status)
{
    return it->status == status && kc_or(it->reason, NULL) && kc_phase_of_name(it->reason) == KC_PHASE_NONE;
}

static const char *default_reason(enum kc_condition_type t, enum kc_truth status, const char *phase)
{
    if (status == KC_UNKNOWN)
        return kc_phase_names[KC_PENDING];
    return status == KC_TRUE ? kc_condition_names[t] : phase;
}

void kc_phase_enter(struct kc_conditions *c, enum kc_phase p, const char *reason, const char *message,
                    int64_t generation, int64_t now)
{
    if (p <= KC_PHASE_NONE || p >= KC_PHASES)
        return;
    const struct row *row = &rows[p];
    const char *phase = kc_phase_names[p];
    for (int i = 0; i < KC_CONDITION_TYPES; i++) {
        enum kc_condition_type t = (enum kc_condition_type)i;
        struct kc_condition *it = &c->v[i];
        enum kc_truth status = truth(row->cells[i], it->status);
        /* kstatus shows the message of Reconciling or Stalled, whichever is True; their reason is always the phase,
         * which is how kc_phase_of tells the unsuccessful ends apart. */
        if (t == KC_RECONCILING || t == KC_STALLED)
            kc_condition_set(c, t, status, phase, status == KC_TRUE ? message : "", generation, now);
        else if (t == row->shown)
            kc_condition_set(c, t, status, kc_or(reason, phase), message, generation, now);
        else if (knows_better(it, status) && row->cells[i] != 'F')
            it->observed_generation = generation;
        else
            kc_condition_set(c, t, status, default_reason(t, status, phase), "", generation, now);
    }
}

enum kc_phase kc_phase_of(const struct kc_conditions *c)
{
    if (!c->present)
        return KC_PHASE_NONE;
    if (c->v[KC_COMPLETE].status == KC_TRUE)
        return KC_SUCCEEDED;
    if (c->v[KC_FAILED].status == KC_TRUE) {
        enum kc_phase end = kc_phase_of_name(c->v[KC_STALLED].reason);
        return kc_phase_final(end) && end != KC_SUCCEEDED ? end : KC_PHASE_FAILED;
    }
    static const enum kc_phase after[] = {KC_PLANNING, KC_PREVIEWING, KC_AWAITING_APPROVAL, KC_EXECUTING, KC_VERIFYING};
    int reached = 0; /* how many of Planned, Previewed, Approved, Executed are True in a row */
    while (reached < KC_VERIFIED && c->v[reached].status == KC_TRUE)
        reached++;
    if (reached == 0 && c->v[KC_PLANNED].status == KC_UNKNOWN)
        return KC_PENDING;
    return after[reached];
}
