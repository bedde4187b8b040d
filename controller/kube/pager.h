/* pager: gets a list page by page into the store, each page asked for while the one before it still comes.
 *
 * A page's continue token comes before its items (in protobuf, where that can be told): as soon as the current page's
 * first item is there, the page behind it is asked for, so that at most two pages come at a time. When a page fails, or
 * the path does, what the page behind it brought is in the store, and comes again. Begin and end of the list are its
 * owner's to tell (kc_ingest_list_begin, kc_ingest_list_end). I/O thread only.
 */
#pragma once

#include "controller/kube/ingest.h"
#include "controller/kube/listwatch.h"

struct kc_pager;

struct kc_pager_handler {
    void (*on_byte)(void *arg); /* something has come */
    /* The current page has ended; there is none now. err NULL: it is in the store, and kc_pager_begun() says whether
     * another one follows. The callee may do with the pager what it likes, but for destroying it. */
    void (*on_page)(void *arg, const struct kc_err *err);
    void *arg;
};

/* lw and ingest are borrowed. */
struct kc_pager *kc_pager_create(const struct kc_listwatch *lw, struct kc_ingest *ingest,
                                 const struct kc_pager_handler *h);
struct kc_pager *kc_pager_destroy(struct kc_pager *p); /* drops what comes; accepts NULL, returns NULL */

/* Asks for the next page of the list, or takes over the one that was asked for ahead; there is no current one. False
 * with err when it could not start. */
KC_CHECK bool kc_pager_next(struct kc_pager *p, struct kc_err *err);
const struct kc_attempt *kc_pager_page(const struct kc_pager *p); /* the current one; NULL: none */
bool kc_pager_begun(const struct kc_pager *p); /* the next page is not the list's first: the list goes on */

void kc_pager_drop(struct kc_pager *p);  /* cancels what comes: the current page has to be asked for again */
void kc_pager_again(struct kc_pager *p); /* the next page is the first one */
/* The same since the server answered with 410. If that was for a continue token, the list then comes in one piece. */
void kc_pager_expired(struct kc_pager *p);
