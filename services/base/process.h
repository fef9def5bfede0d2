// What every program of the suite does before its first thread, and how it learns that it shall
// end.
#pragma once

#include "absl/strings/string_view.h"

namespace lucid {

// Names the program on its log lines; keeps SIGTERM and SIGINT for WaitForEnd, and drops SIGPIPE.
// Called before any thread starts.
void StartProcess(absl::string_view name);

// Waits for SIGTERM or SIGINT, and logs it.
void WaitForEnd();

}  // namespace lucid
