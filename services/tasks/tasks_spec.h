// The tasks service as a program needs it.
#pragma once

#include "services/base/server.h"

namespace lucid::tasks {

// Its name, schema, records, and how it is made and whom it follows.
ServiceSpec TasksSpec();

}  // namespace lucid::tasks
