/* duckdb_run LIBDUCKDB FILE [SQL-FILE] -- opens a DuckDB file, runs the SQL if there is any, and
 * closes it: what libduckdb costs without anything of ours. It is loaded as Headrace loads it. */
#include <dlfcn.h>
#include <duckdb.h>
#include <stdio.h>
#include <stdlib.h>

/* A pointer to a function of the library, under the function's own name. */
#define FUNCTION(lib, name) __typeof__(name) *const name##_ = (__typeof__(name) *)find(lib, #name)

static void *find(void *lib, const char *name)
{
    void *function = lib ? dlsym(lib, name) : NULL;

    if (!function) {
        fprintf(stderr, "duckdb_run: %s\n", dlerror());
        exit(EXIT_FAILURE);
    }
    return function;
}

/* The file's text; a benchmark's script is small. NULL: it cannot be read. */
static char *read_file(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "rb");

    if (!f)
        return NULL;
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    return text;
}

static int run(void *lib, duckdb_connection con, const char *sql)
{
    FUNCTION(lib, duckdb_query);
    FUNCTION(lib, duckdb_result_error);
    FUNCTION(lib, duckdb_destroy_result);
    duckdb_result result;
    const int failed = duckdb_query_(con, sql, &result) != DuckDBSuccess;

    if (failed)
        fprintf(stderr, "duckdb_run: %s\n", duckdb_result_error_(&result));
    duckdb_destroy_result_(&result);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: duckdb_run LIBDUCKDB FILE [SQL-FILE]\n");
        return EXIT_FAILURE;
    }
    void *lib = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    FUNCTION(lib, duckdb_open_ext);
    FUNCTION(lib, duckdb_connect);
    FUNCTION(lib, duckdb_disconnect);
    FUNCTION(lib, duckdb_close);
    const char *sql = argc > 3 ? read_file(argv[3]) : "SELECT 1";
    duckdb_database db = NULL;
    duckdb_connection con = NULL;
    char *why = NULL;

    if (!sql || duckdb_open_ext_(argv[2], &db, NULL, &why) != DuckDBSuccess) {
        fprintf(stderr, "duckdb_run: %s\n", sql ? why : "cannot read the SQL");
        return EXIT_FAILURE;
    }
    int failed = duckdb_connect_(db, &con) != DuckDBSuccess;
    if (!failed)
        failed = run(lib, con, sql);
    duckdb_disconnect_(&con);
    duckdb_close_(&db);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
