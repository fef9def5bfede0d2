// The pages by which the gateway is operated: /healthz, /metrics, /openapi.json.
#pragma once

#include "gateway/gateway.h"

namespace lucid::gateway {

// /healthz is 200 once every service serves, else 503 naming those that do not.
void AddOperations(Gateway& gateway, Upstreams& upstreams);

}  // namespace lucid::gateway
