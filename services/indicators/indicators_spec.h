// The indicators service as a program needs it.
#pragma once

#include "services/base/server.h"

namespace lucid::indicators {

// Its name, schema, records, and how it is made.
ServiceSpec IndicatorsSpec();

}  // namespace lucid::indicators
