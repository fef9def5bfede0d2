// Server reflection for the services behind the gateway: what stock gRPC clients ask first.
#pragma once

#include <string>
#include <vector>

#include "gateway/reflection.pb.h"

namespace lucid::gateway {

// Whether a method is a stream of grpc.reflection.v1 or v1alpha.
bool IsReflection(const std::string& path);

// The answer to one message of the stream; `services` are the names that are listed.
reflection::Response Reflect(const reflection::Request& request,
                             const std::vector<std::string>& services);

}  // namespace lucid::gateway
