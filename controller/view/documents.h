/* documents: what an aggregated API says of itself: discovery, OpenAPI, and how errors look. Pure. */
#pragma once

#include "controller/base/json.h"

/* The document at path, which is about the API and not about an object; NULL: there is none. accept: of the caller, who
 * may ask for aggregated discovery. *ret_type: its content type, a constant. New reference. */
json_t *kc_view_document(const char *path, const char *accept, const char **ret_type);

/* metav1.Status of a failure; http_status 0: by its class. */
json_t *kc_view_status(const struct kc_err *e, int http_status);
int kc_view_http_status(const struct kc_err *e);
