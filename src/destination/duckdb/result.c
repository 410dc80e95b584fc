/* What DuckDB says of a query that has no rows, or failed. */
#include <string.h>

#include "destination/duckdb/instance.h"
#include "headrace/headrace.h"

static hr_status status_of(int error_type)
{
    switch (error_type) {
    case DK_ERROR_OUT_OF_RANGE:
    case DK_ERROR_CONVERSION:
    case DK_ERROR_CONSTRAINT:
        return HR_E_SCHEMA;
    case DK_ERROR_IO:
        return HR_E_IO;
    case DK_ERROR_INTERRUPT:
        return HR_E_CANCELLED;
    case DK_ERROR_OUT_OF_MEMORY:
        return HR_E_NOMEM;
    case DK_ERROR_RESOURCE_IN_USE:
        return HR_E_BUSY;
    default:
        return HR_E_REMOTE;
    }
}

hr_status dk_fail_result(const dk_library *lib, dk_result *result, hr_error *err)
{
    const char *const text = lib->result_error(result);
    const int type = lib->result_error_type(result);
    const hr_status st = status_of(type);

    if (type == DK_ERROR_OUT_OF_MEMORY && text) /* what follows is advice on settings we make */
        hr_fail(err, st, "the memory limit (--mem) is too small for this; raise it: %.*s",
                (int)strcspn(text, "\n"), text);
    else
        hr_fail(err, st, "%s", text ? text : "DuckDB gave no reason");
    if (err)
        err->retryable = type == DK_ERROR_TRANSACTION || st == HR_E_BUSY;
    lib->destroy_result(result);
    return st;
}

hr_status dk_run(const dk_library *lib, dk_connection con, const char *sql, hr_error *err)
{
    dk_result result = {0};

    if (lib->query(con, sql, &result) != 0)
        return dk_fail_result(lib, &result, err);
    lib->destroy_result(&result);
    return HR_OK;
}
