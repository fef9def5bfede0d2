// What every program of the suite does before its first thread, and how it learns that it shall
// end.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lucid {

// Reads the flags and answers the other words. --help shows the flags of the program, wherever they
// are declared.
std::vector<std::string> ReadFlags(int argc, char** argv, absl::string_view usage);

// Names the program on its log lines; keeps SIGTERM and SIGINT for WaitForEnd, drops SIGPIPE, and
// leaves what it writes to its own user alone. Called before any thread starts.
void StartProcess(absl::string_view name);

// Lets SIGTERM and SIGINT end the program at once, as process 1 of a container too.
void EndBySignals();

// Waits for SIGTERM or SIGINT, and logs it.
void WaitForEnd();

// Logs the end, and ends well, when all is stopped and closed: without what exit() does, because
// threads of gRPC's own may still use what it would destroy.
[[noreturn]] void EndProcess();

}  // namespace lucid
