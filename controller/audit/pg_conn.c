#include "controller/audit/pg_conn.h"

#include <arpa/inet.h>
#include <endian.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"

/* The limits on the server's side: what a replica that stopped in mid-transaction holds is free again after 5 s, and a
 * commit is on the disk whatever the server's default is. */
static const char session[] =
    "SELECT set_config('client_encoding', 'UTF8', false), set_config('search_path', 'kubechat, pg_catalog, pg_temp', "
    "false), set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false), "
    "set_config('tcp_keepalives_count', '2', false), "
    "set_config('tcp_user_timeout', '8000', false), set_config('plan_cache_mode', 'force_generic_plan', false), "
    "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE "
    "current_setting('synchronous_commit') END, false), current_setting('fsync') = 'on'";

/* SQLSTATE, or the first characters of it, and what that means here. */
static const struct {
    const char *state;
    enum kc_class class;
    const char *reason, *way_out;
} states[] = {
    {"KC001", KC_CONFLICT, "HeadMoved", "another replica appended: again"},
    {"KC002", KC_INVALID, "NeverChanged", "audit rows are inserted and nothing else"},
    {"23505", KC_CONFLICT, "Exists", "another replica was first: again"},
    {"23514", KC_UNAVAILABLE, "NoPartition", "no room is left: run kubechat audit migrate as the store's owner"},
    {"3F000", KC_INVALID, "NoSchema", "run kubechat audit migrate as the store's owner"},
    {"42P01", KC_INVALID, "NoSchema", "run kubechat audit migrate as the store's owner"},
    {"42501", KC_FORBIDDEN, "NotAllowed", "run kubechat audit migrate with --writer ROLE or --reader ROLE"},
    {"53100", KC_UNAVAILABLE, "DiskFull", "make room on the server's disk"},
    {"XX001", KC_INVALID, "Damaged", "the server's data is damaged: keep it for inquiry and restore a backup"},
    {"XX002", KC_INVALID, "Damaged", "an index is damaged: keep it for inquiry and restore a backup"},
};

static bool fail_state(const struct kc_pg_conn *c, const char *state, const char *message, const char *what,
                       struct kc_err *err)
{
    int len = (int)strcspn(message, "\n");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (kc_str_starts(state, states[i].state))
            return kc_fail(err, states[i].class, states[i].reason, "audit store %s: %s: %.*s (%s)", c->uri->name, what,
                           len, message, states[i].way_out);
    return kc_fail(err, KC_UNAVAILABLE, "StoreFailed", "audit store %s: %s: %.*s", c->uri->name, what, len, message);
}

static bool fail_result(const struct kc_pg_conn *c, const PGresult *r, const char *what, struct kc_err *err)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    return fail_state(c, kc_or(state, ""), kc_or(text, "no reason given"), what, err);
}

static bool lost(struct kc_pg_conn *c, const char *what, const char *why, struct kc_err *err)
{
    int len = (int)strcspn(why, "\n");
    kc_fail(err, KC_UNAVAILABLE, "ConnectionLost", "audit store %s: %s: %.*s", c->uri->name, what, len, why);
    kc_pg_disconnect(c);
    return false;
}

/* Waits until the socket can be read or written. False when ms have passed. An interrupted wait is looked at again by
 * the caller. */
static bool wait_socket(PGconn *pg, bool read, bool write, int64_t ms)
{
    struct pollfd p = {.fd = PQsocket(pg), .events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0))};
    return ms > 0 && poll(&p, 1, (int)ms) != 0;
}

/* libpq would write notices to standard error. */
static void drop_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

static bool dial(struct kc_pg_conn *c, struct kc_err *err)
{
    int64_t deadline = kc_mono_ms() + KC_PG_CONNECT_MS;
    c->pg = PQconnectStartParams(c->uri->keywords, c->uri->values, 0);
    if (!c->pg)
        return kc_fail(err, KC_UNAVAILABLE, "NoMemory", "audit store %s: out of memory", c->uri->name);
    (void)PQsetNoticeReceiver(c->pg, drop_notice, NULL);
    for (PostgresPollingStatusType s = PGRES_POLLING_WRITING; s != PGRES_POLLING_OK; s = PQconnectPoll(c->pg)) {
        if (s == PGRES_POLLING_FAILED || PQstatus(c->pg) == CONNECTION_BAD)
            return kc_fail(err, KC_UNAVAILABLE, "CannotConnect", "audit store %s: %.*s", c->uri->name,
                           (int)strcspn(PQerrorMessage(c->pg), "\n"), PQerrorMessage(c->pg));
        if (!wait_socket(c->pg, s == PGRES_POLLING_READING, s == PGRES_POLLING_WRITING, deadline - kc_mono_ms()))
            return kc_fail(err, KC_UNAVAILABLE, "CannotConnect", "audit store %s: no answer within %d s", c->uri->name,
                           KC_PG_CONNECT_MS / 1000);
    }
    return true;
}

static bool set_up_session(struct kc_pg_conn *c, struct kc_err *err)
{
    if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg))
        return lost(c, "connecting", PQerrorMessage(c->pg), err);
    kc_pg_queue_sql(c, session, NULL);
    if (!c->patient) {
        kc_pg_queue_sql(c, "SET statement_timeout = 4500", NULL);
        kc_pg_queue_sql(c, "SET idle_in_transaction_session_timeout = 5000", NULL);
    }
    if (!kc_pg_exchange(c, "connecting", err))
        return false;
    return PQgetvalue(c->results[0], 0, 8)[0] ||
           kc_fail(err, KC_INVALID, "NotDurable",
                   "audit store %s: the server runs with fsync=off and would lose rows with its power: set fsync=on",
                   c->uri->name);
}

bool kc_pg_connect(struct kc_pg_conn *c, struct kc_err *err)
{
    if (kc_pg_connected(c))
        return true;
    kc_pg_disconnect(c);
    if (kc_mono_ms() < c->retry_at)
        return kc_fail(err, KC_UNAVAILABLE, "CannotConnect", "audit store %s: away: it is tried again within a second",
                       c->uri->name);
    if (dial(c, err) && set_up_session(c, err)) {
        kc_backoff_reset(&c->backoff);
        return true;
    }
    kc_pg_disconnect(c);
    c->retry_at = kc_mono_ms() + kc_backoff_next(&c->backoff);
    return false;
}

static void free_results(struct kc_pg_conn *c)
{
    for (unsigned i = 0; i < c->n_results; i++)
        PQclear(c->results[i]);
    c->n_results = 0;
}

void kc_pg_disconnect(struct kc_pg_conn *c)
{
    free_results(c);
    c->queued = 0;
    /* The goodbye of a TLS connection would wait for a server that does not read. */
    if (c->pg && PQsocket(c->pg) >= 0)
        (void)shutdown(PQsocket(c->pg), SHUT_RDWR);
    PQfinish(c->pg);
    c->pg = NULL;
}

bool kc_pg_connected(const struct kc_pg_conn *c)
{
    return c->pg && PQstatus(c->pg) == CONNECTION_OK;
}

void kc_pg_add_bytes(struct kc_pg_params *p, const void *v, size_t len)
{
    p->values[p->n] = len ? v : "";
    p->lengths[p->n] = (int)len;
    p->binary[p->n++] = 1;
}

void kc_pg_add_int(struct kc_pg_params *p, int64_t v)
{
    p->numbers[p->n] = htobe64((uint64_t)v);
    kc_pg_add_bytes(p, &p->numbers[p->n], sizeof p->numbers[0]);
}

void kc_pg_add_text(struct kc_pg_params *p, const char *v)
{
    kc_pg_add_bytes(p, v, strlen(v));
}

/* A command that libpq refused (out of memory, connection gone) leaves fewer results: the exchange fails. */
void kc_pg_prepare(struct kc_pg_conn *c, const char *name, const char *sql)
{
    (void)PQsendPrepare(c->pg, name, sql, 0, NULL);
    c->queued++;
}

void kc_pg_queue(struct kc_pg_conn *c, const char *prepared, const struct kc_pg_params *p)
{
    static const struct kc_pg_params none;
    const struct kc_pg_params *q = p ? p : &none;
    (void)PQsendQueryPrepared(c->pg, prepared, q->n, q->values, q->lengths, q->binary, 1);
    c->queued++;
}

void kc_pg_queue_sql(struct kc_pg_conn *c, const char *sql, const struct kc_pg_params *p)
{
    static const struct kc_pg_params none;
    const struct kc_pg_params *q = p ? p : &none;
    (void)PQsendQueryParams(c->pg, sql, q->n, NULL, q->values, q->lengths, q->binary, 1);
    c->queued++;
}

/* The next result without blocking. False when the server is silent or gone. */
static bool next_result(struct kc_pg_conn *c, PGresult **ret)
{
    for (;;) {
        int unsent = PQflush(c->pg);
        if (unsent < 0)
            return false;
        if (!unsent && !PQisBusy(c->pg))
            break;
        /* TCP keep-alive watches over a statement that may take long. */
        if (!wait_socket(c->pg, true, unsent > 0, KC_PG_EXCHANGE_MS) && (!c->patient || unsent))
            return false;
        if (!PQconsumeInput(c->pg))
            return false;
    }
    *ret = PQgetResult(c->pg);
    return true;
}

static bool is_good(const PGresult *r)
{
    return PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
}

/* The server's last words, or libpq's own about a connection that is gone: what was run is not known. */
static bool ends_connection(const PGresult *r)
{
    const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    return !severity || KC_STREQ(severity, "FATAL") || KC_STREQ(severity, "PANIC");
}

/* Every result up to the end of the pipeline; the first one that is none is told in *err. */
static bool read_results(struct kc_pg_conn *c, const char *what, struct kc_err *err)
{
    bool ok = true;
    for (PGresult *r; next_result(c, &r);) {
        if (!r) { /* the end of one command's results */
            if (!kc_pg_connected(c))
                break;
            continue;
        }
        ExecStatusType s = PQresultStatus(r);
        if (s == PGRES_PIPELINE_SYNC) {
            PQclear(r);
            if (ok && c->n_results != c->queued)
                break;
            c->queued = 0;
            return ok;
        }
        if (s == PGRES_FATAL_ERROR && ends_connection(r)) {
            PQclear(r);
            break;
        }
        if (!is_good(r) && ok)
            ok = fail_result(c, r, what, err);
        if (is_good(r) && c->n_results < KC_PG_PENDING)
            c->results[c->n_results++] = r;
        else
            PQclear(r);
    }
    return lost(c, what, kc_pg_connected(c) ? "the server does not answer" : "the server closed the connection", err);
}

bool kc_pg_exchange(struct kc_pg_conn *c, const char *what, struct kc_err *err)
{
    free_results(c);
    if (!c->pg || !PQpipelineSync(c->pg))
        return lost(c, what, c->pg ? PQerrorMessage(c->pg) : "not connected", err);
    return read_results(c, what, err);
}

bool kc_pg_run(struct kc_pg_conn *c, const char *sql, const char *what, struct kc_err *err)
{
    if (!PQexitPipelineMode(c->pg) || PQsetnonblocking(c->pg, 0) != 0)
        return lost(c, what, PQerrorMessage(c->pg), err);
    PGresult *r = PQexec(c->pg, sql);
    bool ok = is_good(r) || fail_result(c, r, what, err);
    PQclear(r);
    if (PQstatus(c->pg) == CONNECTION_OK && PQsetnonblocking(c->pg, 1) == 0 && PQenterPipelineMode(c->pg))
        return ok;
    return lost(c, what, PQerrorMessage(c->pg), err);
}

PGresult *kc_pg_take(struct kc_pg_conn *c, unsigned at)
{
    PGresult *r = c->results[at];
    c->results[at] = NULL;
    return r;
}

int64_t kc_pg_int(const PGresult *r, int row, int col)
{
    uint8_t b[8] = {0};
    int len = PQgetlength(r, row, col);
    if (len < 1 || len > (int)sizeof b)
        return 0;
    memcpy(b, PQgetvalue(r, row, col), (size_t)len);
    uint64_t v = (b[0] & 0x80) && len > 1 ? UINT64_MAX : 0;
    for (int i = 0; i < len; i++)
        v = v << 8 | b[i];
    return (int64_t)v;
}

const char *kc_pg_text(const PGresult *r, int row, int col)
{
    return PQgetisnull(r, row, col) ? "" : PQgetvalue(r, row, col);
}
