// What makes the publications service a program: its tables, its peers and its jobs.
#pragma once

#include "services/base/server.h"

namespace lucid::publications {

// For RunService, and for tests that start the service themselves.
ServiceSpec PublicationsSpec();

}  // namespace lucid::publications
