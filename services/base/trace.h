// W3C trace context: one traceparent per call, carried end to end.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace lucid {

// The traceparent of a call that arrived with `incoming`: the same trace, a new span. A missing or
// malformed one starts a new trace.
std::string ContinueTrace(absl::string_view incoming);

}  // namespace lucid
