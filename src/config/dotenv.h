/* dotenv.h -- .env files: NAME=value lines, as most programs read them.
 *
 * `export` before the name, comments (#) on lines of their own or behind white space, values in
 * 'single' (as they are) or "double" quotes (\n, \t, \", \\, \$; may go on over lines). Variables
 * in values are not replaced. */
#ifndef HR_CONFIG_DOTENV_H
#define HR_CONFIG_DOTENV_H

#include "base/arena.h"
#include "base/map.h"
#include "headrace/error.h"

/* Puts name -> const char * into `out`, all of it in the arena; a later line wins. HR_E_CONFIG:
 * "name:line: ..." */
HR_NODISCARD hr_status hr_dotenv_parse(hr_map *out, hr_arena *arena, hr_str text, const char *name,
                                       hr_error *err);

#endif
