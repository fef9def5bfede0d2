// A failure as HTTP shows it: AIP-193 JSON for REST, Connect's JSON for Connect.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/http.h"

namespace lucid::gateway {

// 404 for NOT_FOUND, and so on; a few reasons of the gateway's own have a status of their own, such
// as METHOD_NOT_ALLOWED 405.
int HttpStatusOf(const absl::Status& status);

// {"error":{"code":…,"status":"…","message":"…","details":[…]}}, with Retry-After on 429 and 503,
// WWW-Authenticate on 401, Allow on 405.
HttpResponse RestError(const absl::Status& status);

// {"code":"not_found","message":"…","details":[{"type":…,"value":…,"debug":…}]}.
HttpResponse ConnectError(const absl::Status& status);

}  // namespace lucid::gateway
