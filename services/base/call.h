// Who calls, when, and under which request id: everything a handler may know of the outside world.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "lucid/access/v1/access.pb.h"

namespace lucid {

using access::v1::Role;

// The verified caller. Without a token: subject "", the single role PUBLIC.
struct Actor {
  std::string subject;
  std::vector<Role> roles;
  std::string unit;    // unit id, or "" when the caller is not bound to one
  std::string region;  // GB/T 2260 code, or "" when the caller is not bound to one

  bool Has(Role role) const { return absl::c_linear_search(roles, role); }
};

// One call as the door hands it to a handler. Nothing inside a handler asks the world: the time and
// the identity are these.
struct Call {
  Actor actor;
  absl::Time now;
  absl::CivilDay today;                                    // of `now`, in the zone of the service
  absl::TimeZone zone = absl::FixedTimeZone(8 * 60 * 60);  // of the service
  absl::Time deadline = absl::InfiniteFuture();
  std::string method;        // "lucid.tasks.v1.TasksService.GetTask"
  std::string request_id;    // the caller's, "" when none was given
  std::string request_hash;  // SHA-256 of the request without its request_id
  bool validate_only = false;
  std::string token;        // the bearer token, for calls to peers on the caller's behalf
  std::string traceparent;  // W3C trace context of this call, always set
};

}  // namespace lucid
