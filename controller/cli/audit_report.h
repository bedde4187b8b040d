/* audit_report: what a verification found, in words and as JSON. */
#pragma once

#include <stdio.h>

#include "controller/audit/verify.h"

void kc_audit_report_text(FILE *out, const char *path, const struct kc_audit_report *r);
void kc_audit_report_json(FILE *out, struct kc_arena *a, const char *path, const struct kc_audit_report *r);
