#include "controller/cli/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/action/kubectl.h"
#include "controller/base/clock.h"
#include "controller/cli/show_brief.h"

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

#define ONE_LINE 0

/* Words of people and of the cluster: what would steer the terminal, or hide from whoever approves, is shown by its
 * number. Further lines are indented, or joined by a sign: none of them may look like a line of ours. */
static void plain(struct kc_buf *out, const char *text, size_t indent)
{
    size_t len = strlen(text);

    while (len) {
        size_t at = len;
        uint32_t ignored, c = kc_text_deceptive(text, len, &at);
        for (size_t i = 0; i < at; i++) {
            if (text[i] == '\n' && indent == ONE_LINE)
                kc_buf_puts(out, "⏎ ");
            else
                kc_buf_putc(out, text[i]);
            if (text[i] == '\n')
                kc_buf_printf(out, "%*s", (int)indent, "");
        }
        if (c)
            kc_buf_printf(out, "<U+%04X>", (unsigned)c);
        size_t wrong = c ? kc_utf8_decode(text + at, len - at, &ignored) : 0;
        at += c && !wrong ? 1 : wrong;
        text += at;
        len -= at;
    }
}

static void paint(struct kc_buf *out, struct kc_style style, const char *colour, const char *text)
{
    bool coloured = style.colour && *text;

    kc_buf_puts(out, coloured ? colour : "");
    plain(out, text, ONE_LINE);
    kc_buf_puts(out, coloured ? RESET : "");
}

static const char *phase_colour(enum kc_phase p)
{
    if (p == KC_SUCCEEDED)
        return GREEN;
    return kc_phase_final(p) ? RED : YELLOW;
}

/* "    why      ": the label in a column of its own; further lines begin below the text. */
#define TEXT_COLUMN 13

static void label(struct kc_buf *out, struct kc_style style, const char *name)
{
    kc_buf_puts(out, "    ");
    paint(out, style, DIM, name);
    kc_buf_printf(out, "%*s", TEXT_COLUMN - 4 - (int)strlen(name), "");
}

static void field(struct kc_buf *out, struct kc_style style, const char *name, const char *text)
{
    if (!kc_or(text, NULL))
        return;
    label(out, style, name);
    plain(out, text, TEXT_COLUMN);
    kc_buf_putc(out, '\n');
}

/* What was left out, and where it is. */
static void show_rest(struct kc_buf *out, const struct kc_chatrequest *cr)
{
    kc_buf_printf(out, ": kubectl chat show %s --namespace=%s --output=wide\n", cr->meta.name, cr->meta.ns);
}

static void show_change(struct kc_buf *out, const struct kc_change *c, struct kc_style style)
{
    plain(out, c->path, TEXT_COLUMN);
    if (!kc_or(c->from, NULL) && !kc_or(c->to, NULL)) { /* the status's own mark for what it had no room for */
        kc_buf_putc(out, '\n');
        return;
    }
    kc_buf_puts(out, ": ");
    plain(out, kc_or(c->from, "(none)"), TEXT_COLUMN);
    kc_buf_puts(out, " → ");
    paint(out, style, BOLD, kc_or(c->to, "(none)"));
    kc_buf_puts(out, c->volatile_value ? "  (the server chooses it anew each time)\n" : "\n");
}

static void show_changes(struct kc_buf *out, const struct kc_chatrequest *cr, const struct kc_step_status *s,
                         struct kc_style style)
{
    bool cut = !style.wide && s->n_changes > KC_BRIEF_CHANGES;

    for (size_t i = 0; i < (cut ? KC_BRIEF_CHANGES : s->n_changes); i++) {
        label(out, style, i ? "" : "change");
        show_change(out, &s->changes[i], style);
    }
    if (cut) {
        kc_buf_printf(out, "%*s%zu more changes", TEXT_COLUMN, "", s->n_changes - KC_BRIEF_CHANGES);
        show_rest(out, cr);
    }
}

static void show_checks(struct kc_buf *out, const struct kc_step_status *s, struct kc_style style)
{
    const char *outcome = kc_or(s->dry_run_outcome, ""), *rbac = kc_or(s->rbac, "unknown");

    if (!*outcome)
        return;
    label(out, style, "checks");
    if (KC_STREQ(outcome, "Refused")) {
        bool forbidden = kc_or(s->rbac, NULL) && !KC_STREQ(s->rbac, "yes");
        paint(out, style, RED, forbidden ? "RBAC no: " : "dry run refused: ");
        plain(out, kc_or(s->dry_run_message, ""), TEXT_COLUMN);
    } else if (KC_STREQ(outcome, "Deferred")) {
        kc_buf_puts(out, "later: ");
        plain(out, kc_or(s->dry_run_message, ""), TEXT_COLUMN);
    } else {
        kc_buf_puts(out, "RBAC ");
        plain(out, rbac, TEXT_COLUMN);
        if (s->effect != KC_READ_ONLY) /* a look is not tried, it is taken */
            kc_buf_printf(out, " · %s",
                          KC_STREQ(outcome, "Accepted") ? "dry run accepted" : kc_or(s->dry_run_message, outcome));
        for (size_t i = 0; i < s->policies.n; i++) {
            kc_buf_puts(out, " · policy ");
            plain(out, s->policies.v[i], TEXT_COLUMN);
        }
    }
    kc_buf_putc(out, '\n');
}

#define STEP_COLUMN 4

/* A manifest stands below its command, as it would in a file; many objects in a line of their own. */
static void show_command(struct kc_buf *out, const struct kc_chatrequest *cr, const char *command,
                         struct kc_style style)
{
    size_t line = strcspn(command, "\n");
    KC_BUF_SCOPE first = {0}, objects = {0};

    if (!style.wide && kc_brief_command(command, &first, &objects)) {
        paint(out, style, BOLD, kc_buf_str(&first));
        kc_buf_putc(out, '\n');
        label(out, style, "objects");
        plain(out, kc_buf_str(&objects), TEXT_COLUMN);
        show_rest(out, cr);
        return;
    }
    kc_buf_add(&first, command, line);
    paint(out, style, BOLD, kc_buf_str(&first));
    plain(out, command + line, STEP_COLUMN);
    kc_buf_putc(out, '\n');
}

static const char *way_back(const struct kc_step_status *s)
{
    switch (s->reversible) {
    case KC_IRREVERSIBLE:
        return "cannot be taken back";
    case KC_REVERSIBLE:
    case KC_PARTIAL:
        return *kc_or(s->rollback, "")       ? s->rollback
               : s->reversible == KC_PARTIAL ? "in part, by kubectl chat rollback"
                                             : "by kubectl chat rollback";
    default:
        return s->rollback;
    }
}

static void show_step(struct kc_buf *out, const struct kc_chatrequest *cr, const struct kc_step_status *s,
                      struct kc_style style)
{
    KC_BUF_SCOPE reach = {0};

    kc_buf_printf(out, "%2s  ", s->id);
    show_command(out, cr, s->command, style);
    field(out, style, "why", s->reason);
    show_changes(out, cr, s, style);
    show_checks(out, s, style);
    kc_brief_lines(&reach, kc_or(s->blast_radius, ""));
    field(out, style, "reach", kc_buf_str(&reach));
    field(out, style, "undo", way_back(s));
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

/* The first digits are enough for a person to name a plan by. */
static const char *short_digest(char out[13], const char *digest)
{
    const char *hex = strchr(digest, ':');

    snprintf(out, 13, "%.12s", hex ? hex + 1 : digest);
    return out;
}

static void quoted_flag(struct kc_buf *out, const char *flag, const char *value)
{
    kc_buf_printf(out, " --%s=", flag);
    kc_shell_quote(out, value);
}

/* "kubectl chat ask WORDS --namespace=NS", to be pasted as it stands: one line. */
static void ask(struct kc_buf *out, const struct kc_chatrequest *cr, const char *words)
{
    KC_BUF_SCOPE line = {0};

    for (; *words; words++)
        kc_buf_putc(&line, *words == '\n' ? ' ' : *words);
    kc_buf_puts(out, "kubectl chat ask ");
    kc_shell_quote(out, kc_buf_str(&line));
    quoted_flag(out, "namespace", cr->meta.ns);
}

/* Whether something of what was carried out can be taken back. */
static bool has_way_back(const struct kc_chatrequest *cr)
{
    for (size_t i = 0; i < cr->status.plan.n_steps; i++) {
        const struct kc_step_status *s = &cr->status.plan.steps[i];
        bool done = KC_STREQ(kc_or(s->result, ""), "Verified") || KC_STREQ(kc_or(s->result, ""), "Executed");
        if (done && s->effect != KC_READ_ONLY && (s->reversible == KC_REVERSIBLE || s->reversible == KC_PARTIAL))
            return true;
    }
    return false;
}

static void show_way_back(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style)
{
    KC_BUF_SCOPE command = {0};

    if (!has_way_back(cr))
        return;
    kc_buf_printf(&command, "kubectl chat rollback %s --namespace=%s", cr->meta.name, cr->meta.ns);
    kc_buf_puts(out, "\ntake it back   ");
    paint(out, style, BOLD, kc_buf_str(&command));
    kc_buf_putc(out, '\n');
}

static void show_way_to_approve(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style)
{
    const char *name = cr->meta.name, *digest = cr->status.plan.digest;
    const char *confirm = kc_or(cr->status.approvals.confirm, "");
    KC_BUF_SCOPE command = {0}, patch = {0};
    char plan[13];

    kc_buf_printf(&command, "kubectl chat approve %s --namespace=%s --plan=%s", name, cr->meta.ns,
                  short_digest(plan, digest));
    kc_buf_puts(&patch,
                "[{\"op\":\"add\",\"path\":\"/spec/approvals/-\",\"value\":{\"decision\":\"Approve\",\"planDigest\":");
    kc_json_quote(&patch, digest, strlen(digest));
    if (*confirm) {
        quoted_flag(&command, "confirm", confirm);
        kc_buf_puts(&patch, ",\"confirm\":");
        kc_json_quote(&patch, confirm, strlen(confirm));
    }
    kc_buf_puts(&patch, "}}]");
    /* Who still has to approve; whose approval does not count, and why. */
    kc_buf_putc(out, '\n');
    plain(out, explanation(cr), 2);
    kc_buf_puts(out, *explanation(cr) ? "\napprove with   " : "approve with   ");
    paint(out, style, BOLD, kc_buf_str(&command));
    kc_buf_printf(out, "\nplain kubectl  kubectl patch chat %s --namespace=%s --type=json -p ", name, cr->meta.ns);
    kc_shell_quote(out, kc_buf_str(&patch));
    kc_buf_putc(out, '\n');
}

/* Commands whose lines could pass for ours. */
static bool holds_lines(const struct kc_strs *commands)
{
    for (size_t i = 0; i < commands->n; i++)
        if (strchr(commands->v[i], '\n'))
            return true;
    return false;
}

/* The same words once more: for the ends after which that makes sense as it stands, or with the answer put in. */
static void show_way_to_ask_again(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style)
{
    bool question = kc_phase_of(&cr->status.conditions) == KC_NEEDS_CLARIFICATION;
    KC_BUF_SCOPE command = {0};

    if (holds_lines(&cr->spec.commands)) {
        kc_buf_printf(&command, "kubectl get chat %s --namespace=%s --output=yaml", cr->meta.name, cr->meta.ns);
        kc_buf_puts(out, "\nask again with the commands of   ");
        paint(out, style, BOLD, kc_buf_str(&command));
        kc_buf_putc(out, '\n');
        return;
    }
    ask(&command, cr, cr->spec.prompt);
    for (size_t i = 0; i < cr->spec.commands.n; i++)
        quoted_flag(&command, "command", cr->spec.commands.v[i]);
    kc_buf_puts(out, question ? "\nask again, with the answer put in   " : "\nask again      ");
    paint(out, style, BOLD, kc_buf_str(&command));
    kc_buf_putc(out, '\n');
}

static const struct {
    enum kc_phase phase;
    void (*show)(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style);
} ways_on[] = {
    {KC_AWAITING_APPROVAL, show_way_to_approve},
    {KC_SUCCEEDED, show_way_back},
    {KC_PHASE_FAILED, show_way_back},
    {KC_CANCELLED, show_way_back},
    {KC_NEEDS_CLARIFICATION, show_way_to_ask_again},
    {KC_EXPIRED, show_way_back},
    {KC_EXPIRED, show_way_to_ask_again},
    {KC_STALE, show_way_back},
    {KC_STALE, show_way_to_ask_again},
};

static void show_head(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style, int64_t now)
{
    const struct kc_chatrequest_status *s = &cr->status;
    enum kc_phase p = kc_phase_of(&s->conditions);
    char left[16];

    paint(out, style, BOLD, cr->meta.name);
    kc_buf_puts(out, "   ");
    paint(out, style, phase_colour(p), kc_or(kc_phase_name(p), "Pending"));
    if (s->risk != KC_RISK_NONE)
        kc_buf_printf(out, "   risk %s", kc_risk_name(s->risk));
    kc_buf_puts(out, "   cluster ");
    plain(out, cr->spec.cluster, ONE_LINE);
    kc_buf_puts(out, "   asked by ");
    plain(out, kc_or(cr->spec.requested_by.who.username, "(unknown)"), ONE_LINE);
    if (p == KC_AWAITING_APPROVAL && s->plan.expires_at > now)
        kc_buf_printf(out, "   expires in %s", kc_duration_human(left, s->plan.expires_at - now));
    kc_buf_puts(out, "\n\"");
    plain(out, cr->spec.prompt, ONE_LINE);
    kc_buf_puts(out, "\"\n");
}

static void show_approvals(struct kc_buf *out, const struct kc_approvals *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct kc_approval *ap = &list->v[i];
        kc_buf_printf(out, "%s%s by ", i ? "" : "\n", ap->decision == KC_REJECT ? "rejected" : "approved");
        plain(out, ap->who.username, ONE_LINE);
        kc_buf_puts(out, kc_or(ap->comment, NULL) ? ": " : "");
        plain(out, kc_or(ap->comment, ""), ONE_LINE);
        kc_buf_putc(out, '\n');
    }
}

/* What has been done already, above the steps that take it back. */
static void show_before(struct kc_buf *out, const struct kc_plan_status *plan, struct kc_style style)
{
    if (!KC_STREQ(kc_or(plan->why, ""), "Rollback"))
        return;
    kc_buf_puts(out, plan->n_before ? "\ndone before\n" : "");
    for (size_t i = 0; i < plan->n_before; i++) {
        kc_buf_puts(out, "  - ");
        plain(out, plan->before[i].command, TEXT_COLUMN);
        kc_buf_putc(out, '\n');
        field(out, style, "result", plan->before[i].result);
    }
    kc_buf_puts(out, "\nthe way back\n");
}

void kc_show_request(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style, int64_t now)
{
    const struct kc_chatrequest_status *s = &cr->status;
    enum kc_phase p = kc_phase_of(&s->conditions);

    show_head(out, cr, style, now);
    if (*explanation(cr) && p != KC_AWAITING_APPROVAL) {
        plain(out, explanation(cr), 2);
        kc_buf_putc(out, '\n');
    }
    for (size_t i = 0; i < s->candidates.n; i++) {
        if (s->candidates.n == 1 && strstr(explanation(cr), s->candidates.v[i]))
            break; /* the question names it */
        kc_buf_puts(out, "  - ");
        plain(out, s->candidates.v[i], ONE_LINE);
        kc_buf_putc(out, '\n');
    }
    show_before(out, &s->plan, style);
    for (size_t i = 0; i < s->plan.n_steps; i++) {
        kc_buf_putc(out, '\n');
        show_step(out, cr, &s->plan.steps[i], style);
    }
    show_approvals(out, &cr->spec.approvals);
    for (size_t i = 0; i < sizeof ways_on / sizeof ways_on[0]; i++)
        if (ways_on[i].phase == p)
            ways_on[i].show(out, cr, style);
}

/* What can be looked at later: reads, and what commands said. */
static bool gives_output(const char *command)
{
    static const char prefix[] = "kubectl ";

    if (!kc_str_starts(command, prefix))
        return false;
    for (size_t i = 0; kc_verbs[i]; i++) {
        const char *name = kc_verbs[i]->name, *rest = command + strlen(prefix);
        bool gives = kc_verbs[i]->deed == KC_DEED_READ || kc_verbs[i]->deed == KC_DEED_RUN;
        if (gives && kc_str_starts(rest, name) && (rest[strlen(name)] == ' ' || !rest[strlen(name)]))
            return true;
    }
    return false;
}

bool kc_show_has_output(const struct kc_chatrequest *cr)
{
    const struct kc_plan_status *plan = &cr->status.plan;

    for (size_t i = 0; i < plan->n_steps; i++)
        if (gives_output(plan->steps[i].command) && *kc_or(plan->steps[i].result, ""))
            return true;
    return false;
}

/* Indented, so that no line of it looks like one of ours. */
void kc_show_output(struct kc_buf *out, const char *text, struct kc_style style)
{
    size_t len = strlen(text);
    KC_BUF_SCOPE body = {0};

    while (len && text[len - 1] == '\n')
        len--;
    kc_buf_add(&body, text, len);
    kc_buf_putc(out, '\n');
    paint(out, style, BOLD, "output");
    kc_buf_puts(out, "\n    ");
    plain(out, kc_buf_str(&body), 4);
    kc_buf_putc(out, '\n');
}

void kc_show_no_output(struct kc_buf *out, const char *why, struct kc_style style)
{
    kc_buf_putc(out, '\n');
    paint(out, style, BOLD, "output");
    kc_buf_puts(out, "   not shown: ");
    plain(out, why, ONE_LINE);
    kc_buf_puts(out, "; the commands above can be run as they stand\n");
}

void kc_show_progress(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style)
{
    enum kc_phase p = kc_phase_of(&cr->status.conditions);
    const char *phase = kc_or(kc_phase_name(p), "Pending");

    paint(out, style, phase_colour(p), phase);
    kc_buf_printf(out, "%*s", strlen(phase) < 16 ? (int)(18 - strlen(phase)) : 2, "");
    plain(out, explanation(cr), ONE_LINE);
    kc_buf_putc(out, '\n');
}
