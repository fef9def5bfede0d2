// /openapi.json: the REST routes described in OpenAPI 3.1, from the descriptors that they are made
// of and the comments of the protos.
#pragma once

#include <string>

#include "gateway/gateway.h"
#include "gateway/routes.h"

namespace lucid::gateway {

// The document about every route. Names are those of the JSON; descriptions are the comments of the
// protos, with the roles that may call a method and read a field.
std::string OpenApi(const Routes& routes);

// Serves it; made at the first request.
void AddOpenApi(Gateway& gateway);

}  // namespace lucid::gateway
