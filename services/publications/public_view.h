// What the public sees of a publication.
#pragma once

#include "lucid/publications/v1/public.pb.h"
#include "lucid/publications/v1/publication.pb.h"

namespace lucid::publications {

// Whether the public may ever see a publication of this state: what was on display stays findable.
bool IsPublic(const v1::Publication& publication);

// The publication as the public sees it; `whole` with body and figures.
v1::PublicPublication ToPublic(const v1::Publication& publication, bool whole);

}  // namespace lucid::publications
