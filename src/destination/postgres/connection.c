#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "destination/postgres/handle.h"
#include "headrace/headrace.h"

enum {
    TICK_MS = 100,        /* how soon a cancel is seen */
    CANCEL_WAIT = 5,      /* seconds that the server has to stop a statement */
    CONNECT_TIMEOUT = 15, /* seconds, where nobody says otherwise */
};

static bool told_to_stop(const pg_handle *d)
{
    return !d->deaf &&
           (atomic_load(&d->interrupted) || (d->cancelled && atomic_load(d->cancelled)));
}

/* Waits a tick for the socket; what is ready goes to *ready (0: nothing). */
static hr_status wait_tick(pg_handle *d, short events, short *ready, hr_error *err)
{
    struct pollfd p = {.fd = d->lib->socket(d->con), .events = events};

    *ready = 0;
    if (p.fd < 0)
        return pg_fail_connection(d, err);
    if (poll(&p, 1, TICK_MS) < 0 && errno != EINTR)
        return hr_fail_errno(err, errno, "cannot wait for the server");
    *ready = p.revents;
    return HR_OK;
}

/* ---- Connecting ---- */

/* Silent connections are given up after a minute or so, not after hours. */
static const pg_parameter defaults[] = {
    {"fallback_application_name", "headrace"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "60000"},
};

enum { N_DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

static void quiet(void *ctx, const char *message)
{
    (void)ctx;
    (void)message;
}

static pg_conn *start_connecting(const pg_handle *d, const pg_url *url)
{
    const size_t n = url->n_parameters + N_DEFAULTS + 1;
    const char **const words = hr_calloc(2 * n, sizeof(*words));
    size_t k = 0;

    if (!words)
        return NULL;
    for (size_t i = 0; i < N_DEFAULTS; i++) { /* of one keyword, the last one counts */
        words[k] = defaults[i].name;
        words[n + k++] = defaults[i].value;
    }
    for (size_t i = 0; i < url->n_parameters; i++) {
        words[k] = url->parameters[i].name;
        words[n + k++] = url->parameters[i].value;
    }

    pg_conn *const con = d->lib->connectStartParams(words, words + n, 0);

    hr_free(words);
    return con;
}

static double connect_timeout(const pg_url *url)
{
    const char *text = pg_url_get(url, "connect_timeout");

    if (!text)
        text = getenv("PGCONNECT_TIMEOUT"); // NOLINT(concurrency-mt-unsafe)

    const long seconds = text ? strtol(text, NULL, 10) : CONNECT_TIMEOUT;

    return seconds > 0 ? (double)seconds : 1e9;
}

static hr_status finish_connecting(pg_handle *d, double timeout, hr_error *err)
{
    const double deadline = hr_seconds() + timeout;
    int state = PG_POLLING_WRITING;

    while (state == PG_POLLING_READING || state == PG_POLLING_WRITING) {
        short ready = 0;

        if (told_to_stop(d))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (hr_seconds() > deadline) {
            (void)hr_fail(err, HR_E_REMOTE, "no answer from %s within %.0f seconds",
                          d->lib->host(d->con), timeout);
            if (err)
                err->retryable = true;
            return HR_E_REMOTE;
        }
        if (d->lib->socket(d->con) < 0)
            return pg_fail_connecting(d, err);
        HR_TRY(wait_tick(d, state == PG_POLLING_READING ? POLLIN : POLLOUT, &ready, err));
        if (ready)
            state = d->lib->connectPoll(d->con);
    }
    return state == PG_POLLING_OK ? HR_OK : pg_fail_connecting(d, err);
}

/* What our SQL relies on, where a role's or a database's settings say otherwise. Poolers keep
 * track of these two. */
static hr_status settle_session(pg_handle *d, hr_error *err)
{
    static const struct setting {
        const char *name, *value, *sql;
    } settings[] = {
        {"client_encoding", "UTF8", "SET client_encoding = 'UTF8'"},
        {"standard_conforming_strings", "on", "SET standard_conforming_strings = on"},
    };

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const char *const is = d->lib->parameterStatus(d->con, settings[i].name);

        if (!is || strcmp(is, settings[i].value) != 0)
            HR_TRY(pg_run(d, settings[i].sql, NULL, err));
    }
    return HR_OK;
}

hr_status pg_connect(pg_handle *d, const pg_url *url, hr_error *err)
{
    HR_TRY(pg_library_get(&d->lib, err));
    d->con = start_connecting(d, url);
    if (!d->con)
        return hr_nomem(err);
    (void)d->lib->setNoticeProcessor(d->con, quiet, NULL);
    (void)d->lib->setErrorVerbosity(d->con, PG_ERRORS_VERBOSE); /* see pg_fail_connecting */
    if (d->lib->status(d->con) == PG_CONNECTION_BAD)
        return pg_fail_connecting(d, err);
    HR_TRY(finish_connecting(d, connect_timeout(url), err));
    (void)d->lib->setErrorVerbosity(d->con, PG_ERRORS_DEFAULT);
    if (d->lib->setnonblocking(d->con, 1) != 0)
        return pg_fail_connection(d, err);
    return settle_session(d, err);
}

void pg_disconnect(pg_handle *d)
{
    if (d->con)
        d->lib->finish(d->con);
    d->con = NULL;
}

/* ---- Waiting for answers ---- */

static void send_cancel(pg_handle *d)
{
    char why[256];
    pg_cancel *const cancel = d->lib->getCancel(d->con);

    if (cancel)
        (void)d->lib->cancel(cancel, why, sizeof(why));
    d->lib->freeCancel(cancel);
}

/* Waits for `events`; a cancel makes the server stop, which is then an answer like others. */
static hr_status wait_for(pg_handle *d, short events, short *ready, hr_error *err)
{
    double give_up = 0;

    for (;;) {
        HR_TRY(wait_tick(d, events, ready, err));
        if (*ready)
            return HR_OK;
        if (!told_to_stop(d))
            continue;
        if (give_up == 0) {
            send_cancel(d);
            give_up = hr_seconds() + CANCEL_WAIT;
        } else if (hr_seconds() > give_up) {
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        }
    }
}

hr_status pg_wait_readable(pg_handle *d, hr_error *err)
{
    short ready = 0;

    HR_TRY(wait_for(d, POLLIN, &ready, err));
    return d->lib->consumeInput(d->con) ? HR_OK : pg_fail_connection(d, err);
}

static hr_status flush_and_listen(pg_handle *d, bool *spoke, hr_error *err)
{
    int left = 0;

    while ((left = d->lib->flush(d->con)) > 0) {
        short ready = 0;

        HR_TRY(wait_for(d, POLLIN | POLLOUT, &ready, err));
        if (!(ready & POLLIN))
            continue;
        *spoke = true;
        if (!d->lib->consumeInput(d->con))
            return pg_fail_connection(d, err);
    }
    return left == 0 ? HR_OK : pg_fail_connection(d, err);
}

hr_status pg_flush(pg_handle *d, hr_error *err)
{
    bool spoke = false;

    return flush_and_listen(d, &spoke, err);
}

/* libpq takes bytes for a connection that is gone without a word, so it is looked at here. */
hr_status pg_flush_copy(pg_handle *d, bool *spoke, hr_error *err)
{
    struct pollfd p = {.events = POLLIN};

    HR_TRY(flush_and_listen(d, spoke, err));
    p.fd = d->lib->socket(d->con);
    if (poll(&p, 1, 0) > 0) {
        *spoke = true;
        if (!d->lib->consumeInput(d->con))
            return pg_fail_connection(d, err);
    }
    return told_to_stop(d) ? hr_fail(err, HR_E_CANCELLED, "cancelled") : HR_OK;
}

hr_status pg_next_result(pg_handle *d, pg_result **out, hr_error *err)
{
    *out = NULL;
    HR_TRY(pg_flush(d, err));
    while (d->lib->isBusy(d->con))
        HR_TRY(pg_wait_readable(d, err));
    *out = d->lib->getResult(d->con);
    return HR_OK;
}

static bool is_error(const pg_handle *d, const pg_result *r)
{
    return d->lib->resultStatus(r) > PG_COPY_IN;
}

/* ---- Statements ---- */

/* With `alone`, the server takes one statement only. */
static hr_status send(pg_handle *d, const char *sql, bool alone, hr_error *err)
{
    if (!d->con)
        return hr_fail(err, HR_E_REMOTE, "the connection to the server is closed");
    if (told_to_stop(d))
        return hr_fail(err, HR_E_CANCELLED, "cancelled");

    const int sent = alone ? d->lib->sendQueryParams(d->con, sql, 0, NULL, NULL, NULL, NULL, 0)
                           : d->lib->sendQuery(d->con, sql);

    return sent ? HR_OK : pg_fail_connection(d, err);
}

/* What an error means, when all results are taken. Clears `r`. */
static hr_status fail_with(pg_handle *d, pg_result *r, hr_error *err)
{
    hr_error why;
    const hr_status st = pg_fail_result(d, r, &why);

    d->lib->clear(r);
    (void)pg_finish_results(d, NULL);
    if (strcmp(why.sqlstate, PG_LOCK_TIMEOUT) == 0)
        pg_explain_lock(d, &why);
    if (err)
        *err = why;
    return st;
}

static hr_status first_result(pg_handle *d, pg_result **out, hr_error *err)
{
    HR_TRY(pg_next_result(d, out, err));
    if (!*out)
        return pg_fail_connection(d, err);
    if (!is_error(d, *out))
        return HR_OK;

    pg_result *const failed = *out;

    *out = NULL;
    return fail_with(d, failed, err);
}

hr_status pg_start(pg_handle *d, const char *sql, pg_result **out, hr_error *err)
{
    HR_TRY(send(d, sql, false, err));
    return first_result(d, out, err);
}

hr_status pg_run_alone(pg_handle *d, const char *sql, pg_result **out, hr_error *err)
{
    HR_TRY(send(d, sql, true, err));
    HR_TRY(first_result(d, out, err));
    return pg_finish_results(d, err);
}

hr_status pg_finish_results(pg_handle *d, hr_error *err)
{
    hr_status st = HR_OK;

    for (;;) {
        pg_result *r = NULL;

        HR_TRY(pg_next_result(d, &r, st == HR_OK ? err : NULL));
        if (!r)
            return st;
        if (is_error(d, r) && st == HR_OK)
            st = pg_fail_result(d, r, err);
        d->lib->clear(r);
    }
}

hr_status pg_run(pg_handle *d, const char *sql, pg_result **out, hr_error *err)
{
    pg_result *last = NULL;
    hr_status st = send(d, sql, false, err);

    if (out)
        *out = NULL;
    while (st == HR_OK) {
        pg_result *r = NULL;

        st = pg_next_result(d, &r, err);
        if (!r)
            break;
        d->lib->clear(last);
        last = NULL;
        if (is_error(d, r))
            st = fail_with(d, r, err);
        else
            last = r;
    }
    if (st == HR_OK && out)
        *out = last;
    else
        d->lib->clear(last);
    return st;
}

hr_status pg_run_buf(pg_handle *d, hr_buf *sql, pg_result **out, hr_error *err)
{
    hr_status st = hr_buf_status(sql, err);

    if (st == HR_OK)
        st = pg_run(d, sql->data, out, err);
    hr_buf_release(sql);
    return st;
}

void pg_stop(pg_handle *d)
{
    char *rest = NULL;

    if (!d->con)
        return;
    send_cancel(d);
    d->deaf = true;
    while (d->lib->getCopyData(d->con, &rest, 1) >= 0) {
        if (rest)
            d->lib->freemem(rest);
        else if (pg_wait_readable(d, NULL) != HR_OK)
            break;
        rest = NULL;
    }
    (void)pg_finish_results(d, NULL);
    d->deaf = false;
}
