/* command.h -- what a command is to the program.
 *
 * To add one: a cmd_<name>.c with its row, and the row's name here and in command.c. */
#ifndef HR_CLI_COMMAND_H
#define HR_CLI_COMMAND_H

#include "cli/args.h"

typedef struct cli_command {
    const char *name;
    const char *operands;         /* as in "headrace load PATH..."; "" for none */
    const char *summary;          /* one line, for the list of commands */
    const char *text;             /* what it does, with examples */
    const cli_option_id *options; /* ended by CLI_OPT_END */
    size_t least_operands;
    size_t most_operands;
    int (*run)(const cli_args *args); /* returns the exit status, errors are said */
} cli_command;

/* What a resource is and how it is written, for the commands that load. */
#define CLI_RESOURCE_OPTIONS                                                                   \
    CLI_OPT_WRITE_DISPOSITION, CLI_OPT_MERGE_STRATEGY, CLI_OPT_PRIMARY_KEY, CLI_OPT_MERGE_KEY, \
        CLI_OPT_COLUMN_HINTS, CLI_OPT_INCREMENTAL, CLI_OPT_INITIAL_VALUE, CLI_OPT_END_VALUE,   \
        CLI_OPT_LAG, CLI_OPT_ROW_ORDER, CLI_OPT_CONTRACT, CLI_OPT_MAX_TABLE_NESTING,           \
        CLI_OPT_ON_CONFLICT, CLI_OPT_ON_DUPLICATE_KEY, CLI_OPT_HINTS, CLI_OPT_REFRESH,         \
        CLI_OPT_NAMING, CLI_OPT_IMPORT_SCHEMA, CLI_OPT_EXPORT_SCHEMA, CLI_OPT_SETTINGS

/* The end of each option list: where the pipeline is, and help. */
#define CLI_PIPELINE_OPTIONS \
    CLI_OPT_PIPELINE, CLI_OPT_PIPELINES_DIR, CLI_OPT_TO, CLI_OPT_DATASET, CLI_OPT_HELP, CLI_OPT_END

extern const cli_command cli_cmd_run;
extern const cli_command cli_cmd_check;
extern const cli_command cli_cmd_init;
extern const cli_command cli_cmd_config;
extern const cli_command cli_cmd_load;
extern const cli_command cli_cmd_tables;
extern const cli_command cli_cmd_show;
extern const cli_command cli_cmd_sql;
extern const cli_command cli_cmd_schema;
extern const cli_command cli_cmd_packages;
extern const cli_command cli_cmd_trace;
extern const cli_command cli_cmd_state;
extern const cli_command cli_cmd_sync;
extern const cli_command cli_cmd_drop;

/* All commands, in the order of the help; ended by NULL. */
extern const cli_command *const cli_commands[];

const cli_command *cli_command_find(const char *name); /* NULL: there is none */

/* Runs argv[0], a command's name, with what follows it. Returns the exit status. */
int cli_command_run(int argc, char **argv);

/* `headrace` and `headrace help`; `headrace help COMMAND`. */
void cli_help(FILE *out);
void cli_help_command(FILE *out, const cli_command *command);

#endif
