/* args.h -- what a command line said. The options are those of options.h. */
#ifndef HR_CLI_ARGS_H
#define HR_CLI_ARGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "headrace/error.h"

typedef enum cli_option_id {
    CLI_OPT_TABLE,
    CLI_OPT_WRITE_DISPOSITION,
    CLI_OPT_MERGE_STRATEGY,
    CLI_OPT_PRIMARY_KEY,
    CLI_OPT_MERGE_KEY,
    CLI_OPT_COLUMN_HINTS,
    CLI_OPT_INCREMENTAL,
    CLI_OPT_INITIAL_VALUE,
    CLI_OPT_END_VALUE,
    CLI_OPT_LAG,
    CLI_OPT_ROW_ORDER,
    CLI_OPT_CONTRACT,
    CLI_OPT_HINTS,
    CLI_OPT_ALL,
    CLI_OPT_STATE_ONLY,
    CLI_OPT_REFRESH,
    CLI_OPT_NAMING,
    CLI_OPT_IMPORT_SCHEMA,
    CLI_OPT_EXPORT_SCHEMA,
    CLI_OPT_SETTINGS,
    CLI_OPT_MAX_TABLE_NESTING,
    CLI_OPT_ON_CONFLICT,
    CLI_OPT_ON_DUPLICATE_KEY,
    CLI_OPT_WORKERS,
    CLI_OPT_MEM,
    CLI_OPT_PROGRESS,
    CLI_OPT_SELECT,
    CLI_OPT_LIMIT,
    CLI_OPT_DRY_RUN,
    CLI_OPT_COLUMNS,
    CLI_OPT_FORMAT,
    CLI_OPT_JSON,
    CLI_OPT_SAVE,
    CLI_OPT_PIPELINE,
    CLI_OPT_PIPELINES_DIR,
    CLI_OPT_TO,
    CLI_OPT_DATASET,
    CLI_OPT_HELP,
    CLI_OPT_END, /* ends the list of a command; also the number of options */
} cli_option_id;

typedef struct cli_number {
    uint64_t n;
    bool given;
} cli_number;

/* Texts are NULL when not given; choices are the place in the option's list, 0 when not given.
 * All texts point into argv. */
typedef struct cli_args {
    const char *table;
    const char *write_disposition;
    const char *merge_strategy;
    const char *primary_key;
    const char *merge_key;
    const char *column_hints;
    const char *incremental;
    const char *initial_value;
    const char *end_value;
    const char *lag;
    const char *row_order;
    const char *contract;
    const char *hints;
    bool all;
    bool state_only;
    const char *refresh;
    const char *naming;
    const char *import_schema;
    const char *export_schema;
    const char *settings;
    cli_number max_table_nesting;
    const char *on_conflict;
    const char *on_duplicate_key;
    cli_number workers;
    cli_number mem;
    int progress; /* cli_progress_mode */
    const char *select;
    cli_number limit;
    bool dry_run;
    const char *columns;
    int format; /* cli_format */
    bool json;
    const char *save;
    const char *pipeline;
    const char *pipelines_dir;
    const char *to;
    const char *dataset;
    bool help;
    const char **operands; /* owned; its texts are not */
    size_t n_operands;
} cli_args;

void cli_args_release(cli_args *a);

struct cli_command;

/* Reads argv[0..argc) for `command`: options anywhere, `--name value` or `--name=value`, `--`
 * before operands that begin with a dash. A later option wins over an earlier one. HR_E_USAGE
 * says what is wrong and, for a misspelt word, what was probably meant. */
HR_NODISCARD hr_status cli_args_read(cli_args *out, const struct cli_command *command, int argc,
                                     char **argv, hr_error *err);

/* "256M", "64MiB", "1G", "1.5G", "1000": K, M, G and T and their forms with iB are powers of
 * 1024, kB, MB, GB and TB of 1000. Case does not matter. False: not a size, or too large. */
bool cli_args_size(const char *text, uint64_t *bytes);

/* The option list of a command, as `headrace help COMMAND` shows it. */
void cli_args_describe(FILE *out, const cli_option_id *ids);

#endif
