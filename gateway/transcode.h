// Between HTTP and messages: a matched request becomes the RPC's request message, and the answer
// becomes JSON again.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/routes.h"
#include "google/protobuf/message.h"

namespace lucid::gateway {

// Fills an empty `request` from the body, the path variables and the query (as sent, without '?').
// A variable may also stand in the body if it is the same. PATCH without `update_mask` gets the
// fields present in the body, messages as a whole, without those of the path and without `version`,
// which is a precondition and no change. INVALID_ARGUMENT with field violations otherwise.
absl::Status ToRequest(const Match& match, absl::string_view query, absl::string_view body,
                       google::protobuf::Message& request);

// Sets fields of `request` from a query (as sent, without '?'); parameters that begin with '$' are
// Google's clients' own and are passed over.
absl::Status ReadQuery(absl::string_view query, google::protobuf::Message& request);

// Puts the Idempotency-Key into the field `request_id`, where there is one and it is unset.
// INVALID_ARGUMENT where the key is not UTF-8.
absl::Status SetRequestId(absl::string_view idempotency_key, google::protobuf::Message& request);

// The JSON of an answer: the whole message or the route's `response_body`.
absl::StatusOr<std::string> ToBody(const Route& route, const google::protobuf::Message& response);

}  // namespace lucid::gateway
