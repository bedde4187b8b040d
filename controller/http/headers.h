/* headers: the answer headers that we understand, and what we refuse to send. Pure; any thread. */
#pragma once

#include "controller/base/buf.h"

/* Retry-After (RFC 9110 section 10.2.3): seconds or a date, as milliseconds from now_unix_ms on, at most one hour; 0
 * when it is neither or past. */
int64_t kc_http_retry_after(const char *value, int64_t now_unix_ms);

/* Appends the texts of a Warning header (RFC 7234 section 5.5: code, agent, quoted text, optional date; several
 * separated by commas), unquoted, each followed by '\n'; control characters become spaces. What does not parse ends it:
 * the texts before it stay. */
void kc_http_warnings(struct kc_buf *out, const char *value);

/* True when name is a token (RFC 9110 section 5.6.2). */
bool kc_http_header_name_valid(const char *name);
/* True when value can be sent without being changed on its way: no control characters, no space at either end. Empty is
 * fine. */
bool kc_http_header_value_valid(const char *value);
