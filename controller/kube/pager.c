#include "controller/kube/pager.h"

#include <stdlib.h>

struct kc_pager {
    const struct kc_listwatch *lw;
    struct kc_ingest *ingest;
    struct kc_pager_handler handler;

    struct kc_attempt *page;  /* the current one */
    struct kc_attempt *ahead; /* the page behind it: asked for as soon as its first item is there */
    struct kc_timer *early;   /* begins ahead, which cannot be done within page's callback */
    char *more;               /* continue token of page; NULL: the first one */
    char *ahead_more;         /* of the page behind ahead's, once ahead has come */

    bool whole;        /* a continue token expired: no limit this time */
    bool looked_ahead; /* page has been asked for what follows it */
    bool ahead_came;   /* ahead's page is in the store, before page's */
};

/* Page is done: what follows may be here already. */
static void take_ahead(struct kc_pager *p)
{
    if (!p->ahead_came)
        return;
    free(p->more);
    p->more = p->ahead_more;
    p->ahead_more = NULL;
    p->ahead_came = false;
}

static bool page_done(struct kc_pager *p, const struct kc_attempt *a, struct kc_err *err)
{
    const struct kc_frame envelope = kc_attempt_envelope(a);
    char *more = NULL;

    if (!kc_ingest_page_end(p->ingest, &envelope, &more, err))
        return false;
    free(p->more);
    p->more = more;
    take_ahead(p);
    if (!p->more)
        p->whole = false;
    return true;
}

/* It failed with page, or its list did. */
static void forget_ahead(struct kc_pager *p)
{
    p->ahead = kc_attempt_drop(p->ahead);
    kc_timer_set(p->early, -1);
    free(p->ahead_more);
    p->ahead_more = NULL;
    p->ahead_came = false;
}

/* A page that fails while the one before it still comes is asked for again in its turn. */
static void on_ahead_end(struct kc_pager *p, const struct kc_attempt *a, const struct kc_err *err)
{
    const struct kc_frame envelope = kc_attempt_envelope(a);
    struct kc_err bad = {0};

    p->ahead = NULL;
    free(p->ahead_more); /* it may come a second time, when the token was renewed in between */
    p->ahead_more = NULL;
    p->ahead_came = !err && kc_ingest_page_end(p->ingest, &envelope, &p->ahead_more, &bad);
}

static void on_end(void *arg, const struct kc_attempt *a, const struct kc_err *err)
{
    struct kc_pager *p = arg;
    struct kc_err bad = {0};

    if (a == p->ahead) {
        on_ahead_end(p, a, err);
        return;
    }
    p->page = NULL;
    kc_timer_set(p->early, -1);
    if (!err && !page_done(p, a, &bad))
        err = &bad;
    if (err)
        forget_ahead(p);
    p->handler.on_page(p->handler.arg, err);
}

static void on_byte(void *arg)
{
    const struct kc_pager *p = arg;

    p->handler.on_byte(p->handler.arg);
}

static void look_ahead(struct kc_pager *p)
{
    const struct kc_frame envelope = kc_attempt_envelope(p->page);

    p->looked_ahead = true;
    if (envelope.encoding == KC_PROTOBUF)
        kc_timer_set(p->early, 0);
}

static bool on_item(void *arg, const struct kc_frame *f, struct kc_err *err)
{
    struct kc_pager *p = arg;

    (void)err;
    kc_ingest_item(p->ingest, f);
    if (!p->looked_ahead)
        look_ahead(p);
    return true;
}

static struct kc_attempt *ask(struct kc_pager *p, const char *more, struct kc_err *err)
{
    const struct kc_attempt_handler handler = {.on_byte = on_byte, .on_frame = on_item, .on_end = on_end, .arg = p};

    return kc_listwatch_list(p->lw, more, p->whole, &handler, err);
}

static void on_early(void *arg)
{
    struct kc_pager *p = arg;
    const struct kc_frame envelope = kc_attempt_envelope(p->page);
    struct kc_err err = {0};
    char *more = NULL;

    if (kc_ingest_page_end(p->ingest, &envelope, &more, &err) && more)
        p->ahead = ask(p, more, &err);
    free(more);
}

bool kc_pager_next(struct kc_pager *p, struct kc_err *err)
{
    p->looked_ahead = false;
    p->page = p->ahead ? p->ahead : ask(p, p->more, err);
    p->ahead = NULL;
    return p->page != NULL;
}

const struct kc_attempt *kc_pager_page(const struct kc_pager *p)
{
    return p->page;
}

bool kc_pager_begun(const struct kc_pager *p)
{
    return p->more != NULL;
}

void kc_pager_drop(struct kc_pager *p)
{
    p->page = kc_attempt_drop(p->page);
    forget_ahead(p);
}

void kc_pager_again(struct kc_pager *p)
{
    free(p->more);
    p->more = NULL;
}

void kc_pager_expired(struct kc_pager *p)
{
    p->whole = p->more != NULL;
    kc_pager_again(p);
}

struct kc_pager *kc_pager_create(const struct kc_listwatch *lw, struct kc_ingest *ingest,
                                 const struct kc_pager_handler *h)
{
    struct kc_pager *p = calloc(1, sizeof(*p));

    if (!p)
        abort();
    p->lw = lw;
    p->ingest = ingest;
    p->handler = *h;
    p->early = kc_timer_create(kc_http_client_loop(kc_kube_http(lw->kube)), on_early, p);
    return p;
}

struct kc_pager *kc_pager_destroy(struct kc_pager *p)
{
    if (!p)
        return NULL;
    kc_pager_drop(p);
    kc_timer_destroy(p->early);
    free(p->more);
    free(p);
    return NULL;
}
