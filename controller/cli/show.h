/* show: one ChatRequest on one screen, the change first (design, section 10). Pure: text out of a decoded object. */
#pragma once

#include "api/chatrequest.h"
#include "controller/base/buf.h"

struct kc_style {
    bool colour; /* a terminal that wants it */
    bool wide;   /* nothing is cut, however long it is */
};

/* Whether standard output is a terminal and NO_COLOR (no-color.org) and TERM=dumb do not speak against it. */
struct kc_style kc_style_of_stdout(void);

void kc_show_request(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style, int64_t now);
/* Whether a request that has come so far has reads whose output can be looked at. */
bool kc_show_has_output(const struct kc_chatrequest *cr);
/* What they found, below the plan; or why it could not be had. */
void kc_show_output(struct kc_buf *out, const char *text, struct kc_style style);
void kc_show_no_output(struct kc_buf *out, const char *why, struct kc_style style);
/* One line: "AwaitingApproval  spec.replicas: 3 -> 5  (0/1 approvals)", for watch. */
void kc_show_progress(struct kc_buf *out, const struct kc_chatrequest *cr, struct kc_style style);
