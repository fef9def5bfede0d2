// What makes the cases service a program: its tables and the key of petitioners.
#pragma once

#include <string>

#include "absl/flags/declare.h"
#include "services/base/server.h"

// File with the master keys of petitioners; the service does not start without it.
ABSL_DECLARE_FLAG(std::string, petitioner_key);

namespace lucid::cases {

// For RunService, and for tests that start the service themselves.
ServiceSpec CasesSpec();

}  // namespace lucid::cases
