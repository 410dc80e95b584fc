/* The program allocates with jemalloc, libduckdb's memory included, where it is linked (not with
 * sanitizers). Row groups come and go by the megabyte; glibc gives their pages back and faults
 * them in again. One arena a processor keeps them for the next, and they go after two seconds. */
#include "cli/command.h"

const char *malloc_conf = "percpu_arena:percpu,dirty_decay_ms:2000"; /* jemalloc reads it */
