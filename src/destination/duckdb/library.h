/* library.h -- the one door to libduckdb: found and loaded when first needed.
 *
 * The C API of DuckDB is a stable ABI, so the few types and functions that are used here are
 * declared here; any libduckdb from 1.4 to 2.x works. Handles are opaque pointers.
 */
#ifndef HR_DESTINATION_DUCKDB_LIBRARY_H
#define HR_DESTINATION_DUCKDB_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "headrace/arrow.h"
#include "headrace/error.h"

typedef struct dk_database_s *dk_database;
typedef struct dk_connection_s *dk_connection;
typedef struct dk_config_s *dk_config;
typedef struct dk_prepared_s *dk_prepared;
typedef struct dk_pending_s *dk_pending;
typedef struct dk_chunk_s *dk_chunk;
typedef struct dk_vector_s *dk_vector;
typedef struct dk_logical_type_s *dk_logical_type;
typedef struct dk_table_function_s *dk_table_function;
typedef struct dk_bind_s *dk_bind;
typedef struct dk_init_s *dk_init;
typedef struct dk_function_s *dk_function;
typedef struct dk_error_data_s *dk_error_data;
typedef struct dk_arrow_options_s *dk_arrow_options;

/* Passed by value to some functions, so its size matters; its members are DuckDB's own. */
typedef struct dk_result {
    uint64_t numbers[3];
    void *pointers[3];
} dk_result;

/* A string as it lies in a vector: up to 12 bytes inside, else a prefix and a pointer. */
enum { DK_STRING_INLINE = 12 };
typedef union dk_string {
    struct {
        uint32_t length;
        char bytes[DK_STRING_INLINE];
    } near;
    struct {
        uint32_t length;
        char prefix[4];
        const char *p;
    } far;
} dk_string;

typedef int dk_state; /* 0: success */

/* The numbers are part of the ABI; only those that are looked at. */
enum dk_type {
    DK_BOOLEAN = 1,
    DK_TINYINT = 2,
    DK_SMALLINT = 3,
    DK_INTEGER = 4,
    DK_BIGINT = 5,
    DK_DOUBLE = 11,
    DK_TIMESTAMP = 12,
    DK_DATE = 13,
    DK_TIME = 14,
    DK_HUGEINT = 16,
    DK_VARCHAR = 17,
    DK_BLOB = 18,
    DK_DECIMAL = 19,
    DK_TIMESTAMP_TZ = 31
};

enum dk_error_type {
    DK_ERROR_OUT_OF_RANGE = 1,
    DK_ERROR_CONVERSION = 2,
    DK_ERROR_TRANSACTION = 10,
    DK_ERROR_CONSTRAINT = 18,
    DK_ERROR_IO = 28,
    DK_ERROR_INTERRUPT = 29,
    DK_ERROR_OUT_OF_MEMORY = 33,
    DK_ERROR_RESOURCE_IN_USE = 44
};

typedef void (*dk_delete)(void *);
typedef void (*dk_bind_fn)(dk_bind);
typedef void (*dk_init_fn)(dk_init);
typedef void (*dk_fill_fn)(dk_function, dk_chunk);

/* F(result, name without "duckdb_", parameters) */
#define DK_FUNCTIONS(F)                                                                      \
    F(const char *, library_version, (void))                                                 \
    F(void, free, (void *))                                                                  \
    F(dk_state, create_config, (dk_config *))                                                \
    F(dk_state, set_config, (dk_config, const char *, const char *))                         \
    F(void, destroy_config, (dk_config *))                                                   \
    F(dk_state, open_ext, (const char *, dk_database *, dk_config, char **))                 \
    F(void, close, (dk_database *))                                                          \
    F(dk_state, connect, (dk_database, dk_connection *))                                     \
    F(void, disconnect, (dk_connection *))                                                   \
    F(void, interrupt, (dk_connection))                                                      \
    F(dk_state, query, (dk_connection, const char *, dk_result *))                           \
    F(void, destroy_result, (dk_result *))                                                   \
    F(const char *, result_error, (dk_result *))                                             \
    F(int, result_error_type, (dk_result *))                                                 \
    F(uint64_t, column_count, (dk_result *))                                                 \
    F(const char *, column_name, (dk_result *, uint64_t))                                    \
    F(int, column_type, (dk_result *, uint64_t))                                             \
    F(dk_logical_type, column_logical_type, (dk_result *, uint64_t))                         \
    F(dk_chunk, fetch_chunk, (dk_result))                                                    \
    F(void, destroy_data_chunk, (dk_chunk *))                                                \
    F(uint64_t, data_chunk_get_size, (dk_chunk))                                             \
    F(void, data_chunk_set_size, (dk_chunk, uint64_t))                                       \
    F(dk_vector, data_chunk_get_vector, (dk_chunk, uint64_t))                                \
    F(uint64_t, vector_size, (void))                                                         \
    F(void *, vector_get_data, (dk_vector))                                                  \
    F(uint64_t *, vector_get_validity, (dk_vector))                                          \
    F(void, vector_ensure_validity_writable, (dk_vector))                                    \
    F(dk_logical_type, create_logical_type, (int))                                           \
    F(dk_logical_type, create_decimal_type, (uint8_t, uint8_t))                              \
    F(void, logical_type_set_alias, (dk_logical_type, const char *))                         \
    F(char *, logical_type_get_alias, (dk_logical_type))                                     \
    F(void, destroy_logical_type, (dk_logical_type *))                                       \
    F(dk_table_function, create_table_function, (void))                                      \
    F(void, destroy_table_function, (dk_table_function *))                                   \
    F(void, table_function_set_name, (dk_table_function, const char *))                      \
    F(void, table_function_set_extra_info, (dk_table_function, void *, dk_delete))           \
    F(void, table_function_set_bind, (dk_table_function, dk_bind_fn))                        \
    F(void, table_function_set_init, (dk_table_function, dk_init_fn))                        \
    F(void, table_function_set_local_init, (dk_table_function, dk_init_fn))                  \
    F(void, table_function_set_function, (dk_table_function, dk_fill_fn))                    \
    F(dk_state, register_table_function, (dk_connection, dk_table_function))                 \
    F(void *, bind_get_extra_info, (dk_bind))                                                \
    F(void, bind_add_result_column, (dk_bind, const char *, dk_logical_type))                \
    F(void, bind_set_cardinality, (dk_bind, uint64_t, bool))                                 \
    F(void, bind_set_error, (dk_bind, const char *))                                         \
    F(void *, init_get_extra_info, (dk_init))                                                \
    F(void, init_set_init_data, (dk_init, void *, dk_delete))                                \
    F(void, init_set_max_threads, (dk_init, uint64_t))                                       \
    F(void, init_set_error, (dk_init, const char *))                                         \
    F(void *, function_get_local_init_data, (dk_function))                                   \
    F(void, function_set_error, (dk_function, const char *))                                 \
    F(dk_state, prepare, (dk_connection, const char *, dk_prepared *))                       \
    F(const char *, prepare_error, (dk_prepared))                                            \
    F(void, destroy_prepare, (dk_prepared *))                                                \
    F(dk_state, pending_prepared_streaming, (dk_prepared, dk_pending *))                     \
    F(dk_state, execute_pending, (dk_pending, dk_result *))                                  \
    F(const char *, pending_error, (dk_pending))                                             \
    F(void, destroy_pending, (dk_pending *))                                                 \
    F(void, connection_get_arrow_options, (dk_connection, dk_arrow_options *))               \
    F(dk_error_data, to_arrow_schema,                                                        \
      (dk_arrow_options, dk_logical_type *, const char **, uint64_t, struct ArrowSchema *))  \
    F(dk_error_data, data_chunk_to_arrow, (dk_arrow_options, dk_chunk, struct ArrowArray *)) \
    F(bool, error_data_has_error, (dk_error_data))                                           \
    F(const char *, error_data_message, (dk_error_data))                                     \
    F(void, destroy_error_data, (dk_error_data *))

/* Not in every build of the library; NULL where it is missing. */
#define DK_OPTIONAL_FUNCTIONS(F) F(void, destroy_arrow_options, (dk_arrow_options *))

typedef struct dk_library {
#define DK_MEMBER(result, name, parameters) result(*name) parameters;
    DK_FUNCTIONS(DK_MEMBER)
    DK_OPTIONAL_FUNCTIONS(DK_MEMBER)
#undef DK_MEMBER
} dk_library;

/* Loads the library once a process: the file that the environment variable HEADRACE_LIBDUCKDB
 * names; else the system's; else the one that was installed with Headrace. *out is static.
 * HR_E_CONFIG, with the reason for each place, when there is none that fits. Thread-safe. */
hr_status dk_library_get(const dk_library **out, hr_error *err);

#endif
