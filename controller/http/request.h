/* request: a kc_http_request on a curl handle. */
#pragma once

#include "controller/http/target.h"

/* Method, path, headers: INVALID with the name of what cannot be sent as it is (header values are never shown). Pure.
 */
KC_CHECK bool kc_request_check(const struct kc_http_request *req, struct kc_err *err);

/* Copies all of a checked req but its target onto easy. *headers is the list that easy uses until kc_request_clear. */
void kc_request_apply(const struct kc_http_request *req, CURL *easy, struct curl_slist **headers);
void kc_request_clear(CURL *easy);
