/* library.h -- the one door to libpq: found and loaded when first needed.
 *
 * libpq brings Kerberos, LDAP and TLS libraries along, so a program that is linked to it starts
 * late. Its ABI has been stable since version 8 (libpq.so.5); the few types and functions that
 * are used here are declared here. Handles are opaque pointers.
 */
#ifndef HR_DESTINATION_POSTGRES_LIBRARY_H
#define HR_DESTINATION_POSTGRES_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "headrace/error.h"

typedef struct pg_conn pg_conn;
typedef struct pg_result pg_result;
typedef struct pg_cancel pg_cancel;

typedef unsigned pg_oid;

/* The numbers are part of the ABI; only those that are looked at. */
enum { PG_CONNECTION_OK = 0, PG_CONNECTION_BAD = 1 };
enum { PG_POLLING_FAILED = 0, PG_POLLING_READING = 1, PG_POLLING_WRITING = 2, PG_POLLING_OK = 3 };
enum { PG_ERRORS_DEFAULT = 1, PG_ERRORS_VERBOSE = 2 };
enum pg_exec_status {
    PG_EMPTY_QUERY = 0,
    PG_COMMAND_OK = 1,
    PG_TUPLES_OK = 2,
    PG_COPY_OUT = 3,
    PG_COPY_IN = 4
};

/* F(result, name without "PQ", parameters) */
#define PG_FUNCTIONS(F)                                                                \
    F(int, libVersion, (void))                                                         \
    F(pg_conn *, connectStartParams, (const char *const *, const char *const *, int))  \
    F(int, connectPoll, (pg_conn *))                                                   \
    F(int, status, (const pg_conn *))                                                  \
    F(void, finish, (pg_conn *))                                                       \
    F(int, socket, (const pg_conn *))                                                  \
    F(char *, errorMessage, (const pg_conn *))                                         \
    F(const char *, parameterStatus, (const pg_conn *, const char *))                  \
    F(int, serverVersion, (const pg_conn *))                                           \
    F(char *, db, (const pg_conn *))                                                   \
    F(char *, user, (const pg_conn *))                                                 \
    F(char *, host, (const pg_conn *))                                                 \
    F(char *, port, (const pg_conn *))                                                 \
    F(int, setErrorVerbosity, (pg_conn *, int))                                        \
    F(int, setnonblocking, (pg_conn *, int))                                           \
    F(int, sendQuery, (pg_conn *, const char *))                                       \
    F(int, sendQueryParams,                                                            \
      (pg_conn *, const char *, int, const pg_oid *, const char *const *, const int *, \
       const int *, int))                                                              \
    F(int, sendPrepare, (pg_conn *, const char *, const char *, int, const pg_oid *))  \
    F(int, sendDescribePrepared, (pg_conn *, const char *))                            \
    F(int, flush, (pg_conn *))                                                         \
    F(int, consumeInput, (pg_conn *))                                                  \
    F(int, isBusy, (pg_conn *))                                                        \
    F(pg_result *, getResult, (pg_conn *))                                             \
    F(int, putCopyData, (pg_conn *, const char *, int))                                \
    F(int, putCopyEnd, (pg_conn *, const char *))                                      \
    F(int, getCopyData, (pg_conn *, char **, int))                                     \
    F(void, freemem, (void *))                                                         \
    F(int, resultStatus, (const pg_result *))                                          \
    F(char *, resultErrorField, (const pg_result *, int))                              \
    F(void, clear, (pg_result *))                                                      \
    F(char *, cmdStatus, (pg_result *))                                                \
    F(int, ntuples, (const pg_result *))                                               \
    F(int, nfields, (const pg_result *))                                               \
    F(char *, fname, (const pg_result *, int))                                         \
    F(pg_oid, ftype, (const pg_result *, int))                                         \
    F(int, fmod, (const pg_result *, int))                                             \
    F(char *, getvalue, (const pg_result *, int, int))                                 \
    F(int, getlength, (const pg_result *, int, int))                                   \
    F(int, getisnull, (const pg_result *, int, int))                                   \
    F(pg_cancel *, getCancel, (pg_conn *))                                             \
    F(int, cancel, (pg_cancel *, char *, int))                                         \
    F(void, freeCancel, (pg_cancel *))                                                 \
    F(void *, setNoticeProcessor, (pg_conn *, void (*)(void *, const char *), void *))

typedef struct pg_library {
#define PG_MEMBER(result, name, parameters) result(*name) parameters;
    PG_FUNCTIONS(PG_MEMBER)
#undef PG_MEMBER
} pg_library;

/* Loads $HEADRACE_LIBPQ, else libpq.so.5, on the first call; HR_E_CONFIG when there is none. Safe
 * from several threads; *out is static. */
hr_status pg_library_get(const pg_library **out, hr_error *err);

#endif
