/* export: the log's entries for other programs. Works on a snapshot, beside a manager that writes. */
#pragma once

#include <stdio.h>

#include "controller/base/arena.h"

enum kc_export_format {
    KC_EXPORT_JSON,  /* a line each: {"index":N,"entry":<the entry, byte for byte>} */
    KC_EXPORT_CSV,   /* RFC 4180 with a header line; a cell that a spreadsheet would run starts with an apostrophe */
    KC_EXPORT_TABLE, /* for people: the columns that tell the story */
};

struct kc_export_options {
    enum kc_export_format format;
    const char *request_ns, *request_name; /* NULL: every request's */
    int64_t since, until;                  /* unix milliseconds, since <= time < until */
};

/* *ret_n (may be NULL): entries written. INVALID when an entry is not what was stored: the export ends before it. */
KC_CHECK bool kc_audit_export(const char *store, const struct kc_export_options *o, FILE *out, uint64_t *ret_n,
                              struct kc_err *err);
