// Which failures pass by themselves, so that the same may be tried again.
#pragma once

#include "absl/status/status.h"

namespace lucid {

// Whether a failure says something about the moment: a database or a peer is away, a disk is full,
// time has run out, or another came first. Any other says something about what was asked.
bool MayPass(const absl::Status& failure);

}  // namespace lucid
