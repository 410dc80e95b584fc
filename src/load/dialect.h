/* dialect.h -- how one engine's SQL differs: data, and few functions.
 *
 * What is taken for granted, in one transaction with the rows: CREATE TABLE and ALTER TABLE;
 * CREATE TEMPORARY TABLE AS, in a name space of the connection that comes first when a name is
 * looked up; DELETE and UPDATE with an alias and subqueries that mean it; UPDATE ... FROM;
 * row_number(); IS [NOT] DISTINCT FROM; IS [NOT] TRUE; NULLS LAST; CAST of ISO text to the type of
 * a timestamp column. */
#ifndef HR_LOAD_DIALECT_H
#define HR_LOAD_DIALECT_H

#include "base/buf.h"
#include "schema/schema.h"

/* How few staged rows are found in a large table by a query whose work is shared, apart from the
 * statement that changes them; see match.h. */
typedef struct hr_finding {
    const char *place;   /* a column that every table has: where the row is */
    const char *hold[2]; /* around a name: until its release, places that a later query finds lead
                            to the same rows, or to none */
    const char *release; /* before the name */

    /* SELECT that yields a row if finding is worth it. Both are SQL names of tables. */
    void (*few_in_many)(const char *few, const char *many, hr_buf *sql);
    /* What stands in FROM: rows s with these columns of a temporary table, for all workers. */
    void (*shared_rows)(const char *table, const char *const *columns, size_t n, hr_buf *sql);
} hr_finding;

typedef struct hr_dialect {
    const char *name;
    size_t max_identifier;     /* code points of a name, for hr_naming */
    bool add_columns_together; /* ALTER TABLE t ADD COLUMN a, ADD COLUMN b */
    bool case_sensitive;       /* "a" and "A" are two names */
    /* Tables are made and changed in a transaction of their own before that of the rows, since
     * the locks of the change would keep readers out while the rows are loaded. */
    bool migrates_apart;
    size_t max_identifier_bytes; /* longer names would be cut; 0: none */
    const char *now;             /* current time as a timestamp with time zone */
    const char *row_id_storage;  /* what CREATE TABLE adds to the column of row ids; "": nothing */
    const char *find_dataset;    /* SELECT that yields a row if the schema named by the literal that
                                    follows is there; NULL: CREATE SCHEMA IF NOT EXISTS knows */
    bool swaps_tables;           /* a table can take the name of one that is dropped, atomically */
    const char *find_attached;   /* with swaps_tables: SELECT that yields a row if something of a
                                    user's hangs on the table named by the literal that follows,
                                    and would go with it; NULL: nothing can */
    const char *unique_names;    /* SELECT of names and columns of the UNIQUE constraints of the
                                    table named by the literal that follows; NULL: UNIQUE costs as
                                    much later as from the start */
    const char *find_relation;   /* with unique_names: SELECT that yields a row if there is what
                                    the literal in brackets that follows names */
    const char *temporary_end;   /* CREATE TEMPORARY TABLE name ... AS: so that it ends with the
                                    transaction, if the engine can do that; "" */
    const char *analyze; /* "ANALYZE ": what a temporary table needs before it is joined; "" */

    const hr_finding *finding; /* NULL: DELETE and UPDATE find rows as fast as queries do */
    const char *equal[3]; /* around and between two values, null or not: that they are the same,
                             in a way in which rows can be joined fast */

    /* Expression over information_schema.columns: the type of a column, spelled as
     * column_type() spells it. */
    const char *stored_type;

    /* SQL type of a column: "DECIMAL(38,9)". HR_E_UNSUPPORTED: the engine has none. */
    hr_status (*column_type)(const hr_column *c, hr_buf *out, hr_error *err);

    /* How the column `quoted` of type `from` becomes `to`, every value staying what it is:
     * `cast` gets the new value, `lossy` a condition for rows that would change ("": none can).
     * `cast` stays empty when the column takes values of `to` as it is. False: it cannot. */
    bool (*widen)(const char *from, const char *to, const char *quoted, hr_buf *cast,
                  hr_buf *lossy);
} hr_dialect;

void hr_sql_identifier(hr_buf *out, hr_str name); /* "name", quotes doubled */
void hr_sql_literal(hr_buf *out, hr_str text);    /* 'text', quotes doubled */

#endif
