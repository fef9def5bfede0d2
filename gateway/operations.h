// The pages by which the gateway is operated: /healthz, /readyz, /livez, /metrics.
#pragma once

#include "gateway/gateway.h"

namespace lucid::gateway {

// /healthz is 200 once every service serves, else 503 naming those that do not; /readyz is 200
// until the gateway leaves, whatever the services do; /livez is always 200.
void AddOperations(Gateway& gateway, Upstreams& upstreams);
// /metrics, for where it has no address of its own.
void AddMetrics(Gateway& gateway);

}  // namespace lucid::gateway
