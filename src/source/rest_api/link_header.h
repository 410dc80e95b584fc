/* link_header.h -- the Link header of RFC 8288. */
#ifndef HR_SOURCE_REST_API_LINK_HEADER_H
#define HR_SOURCE_REST_API_LINK_HEADER_H

#include "base/str.h"

/* The target of the first link that has the relation type `rel`, in any case; .p == NULL: there
 * is none. What cannot be read is skipped. Points into `header`. */
hr_str hr_link_header_find(hr_str header, hr_str rel);

#endif
