#include "controller/cli/show.h"

#include <stdlib.h>
#include <unistd.h>

#include "controller/base/clock.h"

#define RESET  "\033[0m"
#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"

struct kc_style kc_style_of_stdout(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return (struct kc_style){.colour = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
                                       !(term && KC_STREQ(term, "dumb"))};
}

static void paint(struct kc_buf *out, struct kc_style style, const char *colour, const char *text)
{
    if (style.colour && *text) {
        kc_buf_puts(out, colour);
        kc_buf_puts(out, text);
        kc_buf_puts(out, RESET);
    } else {
        kc_buf_puts(out, text);
    }
}

static const char *phase_colour(enum kc_phase p)
{
    if (p == KC_SUCCEEDED)
        return GREEN;
    return kc_phase_final(p) ? RED : YELLOW;
}

/* "    why      text", the label in a column of its own; further lines of text are indented to match. */
static void field(struct kc_buf *out, struct kc_style style, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    kc_buf_puts(out, "    ");
    paint(out, style, DIM, label);
    for (size_t i = strlen(label); i < 9; i++)
        kc_buf_putc(out, ' ');
    for (; *text; text++) {
        kc_buf_putc(out, *text);
        if (*text == '\n')
            kc_buf_puts(out, "             ");
    }
    kc_buf_putc(out, '\n');
}

static void show_changes(struct kc_buf *out, const struct kc_step_status *s, struct kc_style style)
{
    for (size_t i = 0; i < s->n_changes; i++) {
        KC_BUF_SCOPE line = {0};
        kc_buf_printf(&line, "%s: %s → ", s->changes[i].path, kc_or(s->changes[i].from, "(none)"));
        paint(&line, style, BOLD, kc_or(s->changes[i].to, "(none)"));
        if (s->changes[i].volatile_value)
            kc_buf_puts(&line, "  (the server chooses it anew each time)");
        field(out, style, i ? "" : "change", kc_buf_str(&line));
    }
}

static void show_checks(struct kc_buf *out, const struct kc_step_status *s, struct kc_style style)
{
    KC_BUF_SCOPE line = {0};
    bool may = KC_STREQ(kc_or(s->rbac, ""), "yes");

    if (!*kc_or(s->dry_run_outcome, ""))
        return;
    if (KC_STREQ(s->dry_run_outcome, "Refused")) {
        paint(&line, style, RED, "dry run refused: ");
        kc_buf_puts(&line, s->dry_run_message);
    } else {
        kc_buf_printf(&line, "RBAC %s · dry run %s", may ? "yes" : kc_or(s->rbac, "unknown"),
                      KC_STREQ(s->dry_run_outcome, "Accepted") ? "accepted" : s->dry_run_outcome);
        for (size_t i = 0; i < s->policies.n; i++)
            kc_buf_printf(&line, " · policy %s", s->policies.v[i]);
    }
    field(out, style, "checks", kc_buf_str(&line));
}

static void show_step(struct kc_buf *out, const struct kc_step_status *s, struct kc_style style)
{
    kc_buf_printf(out, "%2s  ", s->id);
    paint(out, style, BOLD, s->command);
    kc_buf_putc(out, '\n');
    field(out, style, "why", s->reason);
    show_changes(out, s, style);
    show_checks(out, s, style);
    field(out, style, "reach", s->blast_radius);
    field(out, style, "undo", s->reversible == KC_IRREVERSIBLE ? "cannot be taken back" : s->rollback);
    for (size_t i = 0; i < s->warnings.n; i++)
        field(out, style, "warning", s->warnings.v[i]);
    field(out, style, "result", s->result);
}

/* The message of the condition that explains the phase. */
static const char *explanation(const struct kc_chatrequest *cr)
{
    const struct kc_conditions *c = &cr->status.conditions;
    enum kc_phase p = kc_phase_of(c);

    if (p == KC_SUCCEEDED)
        return kc_or(c->v[KC_COMPLETE].message, "");
    if (kc_phase_final(p))
        return kc_or(c->v[KC_FAILED].message, "");
    return kc_or(c->v[KC_RECONCILING].message, "");
}

static const char *short_digest(char out[13], const char *digest)
{
    const char *hex = strchr(digest, ':');

    snprintf(out, 13, "%.12s", hex ? hex + 1 : digest);
    return out;
}

/* The undo commands, last step first, as a request of their own: previewed and approved like any other. */
static void show_way_back(struct kc_buf *out, const struct kc_chatrequest *cr)
{
    const struct kc_plan_status *plan = &cr->status.plan;

    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i].effect != KC_READ_ONLY && plan->steps[i].reversible != KC_REVERSIBLE)
            return;
    if (!plan->n_steps)
        return;
    kc_buf_printf(out, "\ntake it back   kubectl chat ask \"undo %s\" --namespace=%s", cr->meta.name, cr->meta.ns);
    for (size_t i = plan->n_steps; i-- > 0;)
        if (*kc_or(plan->steps[i].rollback, ""))
            kc_buf_printf(out, " --command='%s'", plan->steps[i].rollback);
    kc_buf_putc(out, '\n');
}

static void show_way_on(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style)
{
    const struct kc_chatrequest_status *s = &cr->status;
    enum kc_phase p = kc_phase_of(&s->conditions);
    char plan[13];

    if (p == KC_AWAITING_APPROVAL) {
        bool confirm = *kc_or(s->approvals.confirm, "");
        kc_buf_printf(out, "\napprove with   ");
        KC_BUF_SCOPE command = {0};
        kc_buf_printf(&command, "kubectl chat approve %s --namespace=%s --plan=%s%s%s", cr->meta.name, cr->meta.ns,
                      short_digest(plan, s->plan.digest), confirm ? " --confirm=" : "",
                      confirm ? s->approvals.confirm : "");
        paint(out, style, BOLD, kc_buf_str(&command));
        kc_buf_printf(out,
                      "\nplain kubectl  kubectl patch chat %s --namespace=%s --type=json -p "
                      "'[{\"op\":\"add\",\"path\":\"/spec/approvals/"
                      "-\",\"value\":{\"decision\":\"Approve\",\"planDigest\":\"%s\"%s%s%s}}]'\n",
                      cr->meta.name, cr->meta.ns, s->plan.digest, confirm ? ",\"confirm\":\"" : "",
                      confirm ? s->approvals.confirm : "", confirm ? "\"" : "");
    } else if (p == KC_SUCCEEDED) {
        show_way_back(out, cr);
    }
}

void kc_show_request(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style, int64_t now)
{
    const struct kc_chatrequest_status *s = &cr->status;
    enum kc_phase p = kc_phase_of(&s->conditions);
    char age[16];

    paint(out, style, BOLD, cr->meta.name);
    kc_buf_puts(out, "   ");
    paint(out, style, phase_colour(p), kc_or(kc_phase_name(p), "Pending"));
    if (s->risk != KC_RISK_NONE)
        kc_buf_printf(out, "   risk %s", kc_risk_name(s->risk));
    kc_buf_printf(out, "   cluster %s   asked by %s", cr->spec.cluster,
                  kc_or(cr->spec.requested_by.who.username, "(unknown)"));
    if (p == KC_AWAITING_APPROVAL && s->plan.expires_at > now)
        kc_buf_printf(out, "   expires in %s", kc_duration_human(age, s->plan.expires_at - now));
    kc_buf_printf(out, "\n\"%s\"\n", cr->spec.prompt);
    if (*explanation(cr) && p != KC_AWAITING_APPROVAL)
        kc_buf_printf(out, "%s\n", explanation(cr));
    for (size_t i = 0; i < s->candidates.n; i++)
        kc_buf_printf(out, "  - %s\n", s->candidates.v[i]);
    for (size_t i = 0; i < s->plan.n_steps; i++) {
        kc_buf_putc(out, '\n');
        show_step(out, &s->plan.steps[i], style);
    }
    for (size_t i = 0; i < cr->spec.approvals.n; i++) {
        const struct kc_approval *ap = &cr->spec.approvals.v[i];
        kc_buf_printf(out, "%s%s by %s%s%s\n", i ? "" : "\n", ap->decision == KC_REJECT ? "rejected" : "approved",
                      ap->who.username, *kc_or(ap->comment, "") ? ": " : "", kc_or(ap->comment, ""));
    }
    show_way_on(out, cr, style);
}

void kc_show_progress(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style)
{
    enum kc_phase p = kc_phase_of(&cr->status.conditions);
    const char *why = p == KC_AWAITING_APPROVAL ? kc_or(cr->status.summary, "") : explanation(cr);

    paint(out, style, phase_colour(p), kc_or(kc_phase_name(p), "Pending"));
    kc_buf_printf(out, "%*s%s\n", (int)(18 - strlen(kc_or(kc_phase_name(p), "Pending"))), "", why);
}
