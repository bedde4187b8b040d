#include "controller/http/request.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/http/headers.h"

bool kc_request_check(const struct kc_http_request *req, struct kc_err *err)
{
    if (!req->target)
        return kc_fail(err, KC_INVALID, "Request", "a request without a target");
    if (!req->method || !kc_http_header_name_valid(req->method))
        return kc_fail(err, KC_INVALID, "Request", "not an HTTP method: \"%s\"", req->method ? req->method : "");
    if (!req->path || req->path[0] != '/')
        return kc_fail(err, KC_INVALID, "Request", "a path must begin with '/': \"%s\"", req->path ? req->path : "");
    for (const unsigned char *p = (const unsigned char *)req->path; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || *p == '#')
            return kc_fail(err, KC_INVALID, "Request",
                           "the path has the byte 0x%02x at offset %zu; write it percent-encoded", *p,
                           (size_t)((const char *)p - req->path));
    for (size_t i = 0; i < req->n_headers; i++) {
        if (!kc_http_header_name_valid(req->headers[i].name))
            return kc_fail(err, KC_INVALID, "Request", "\"%s\" is not a header name", req->headers[i].name);
        if (!kc_http_header_value_valid(req->headers[i].value))
            return kc_fail(err, KC_INVALID, "Request",
                           "the value of header %s has a control character, or a space at its start or end",
                           req->headers[i].name);
    }
    return true;
}

static void append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (!longer)
        abort();
    *list = longer;
}

/* Returns the caller's Accept-Encoding: curl must know of it to decode the answer. */
static const char *add_headers(const struct kc_http_request *req, struct curl_slist **list)
{
    const char *encoding = NULL;
    bool has_type = false;
    struct kc_buf line = {0};
    for (size_t i = 0; i < req->n_headers; i++) {
        const struct kc_http_header *h = &req->headers[i];
        if (strcasecmp(h->name, "accept-encoding") == 0) {
            encoding = h->value;
            continue;
        }
        has_type |= strcasecmp(h->name, "content-type") == 0;
        kc_buf_clear(&line);
        kc_buf_printf(&line, *h->value ? "%s: %s" : "%s;", h->name, h->value); /* curl's way to write an empty one */
        append(list, line.data);
    }
    kc_buf_finish(&line);
    /* What curl would add by itself. */
    append(list, "Expect:");
    if (!has_type)
        append(list, "Content-Type:");
    if (req->target->host)
        append(list, req->target->host);
    return encoding;
}

void kc_request_apply(const struct kc_http_request *req, CURL *easy, struct curl_slist **headers)
{
    const char *encoding = add_headers(req, headers);
    KC_BUF_SCOPE url = {0};
    kc_buf_printf(&url, "%s%s", req->target->base_url, req->path);
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, encoding);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L); /* also undoes the handle's last request */
    if (req->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
        if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, req->body) != CURLE_OK)
            abort();
    } else if (KC_STREQ(req->method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    bool plain = !req->body && (KC_STREQ(req->method, "GET") || KC_STREQ(req->method, "HEAD"));
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : req->method);
}

void kc_request_clear(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, NULL);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
}
