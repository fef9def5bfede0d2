// Changing methods: what all of them share, so that a repeated request changes nothing twice and a
// dry run changes nothing at all.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/status.h"

namespace lucid {

// What a request id has already done, by event numbers.
struct Replay {
  bool found = false;
  std::vector<int64_t> events;
};
absl::StatusOr<Replay> BeginRequest(Tx& tx, const Call& call);
absl::Status EndRequest(Tx& tx, const Call& call);
absl::Status ReadReplay(Tx& tx, const Replay& replay, google::protobuf::Message& answer);
absl::Status DryRun();
bool IsDryRun(const absl::Status& status);

// Runs the body of a changing method in one transaction, with what all of them share: a repeated
// request id answers as the first call left it (the same id with another body is INVALID_ARGUMENT),
// and validate_only runs every check and changes nothing. Body: Tx& → StatusOr<Answer>.
template <class Body>
auto Write(Db& db, const Call& call, Body&& body) -> std::invoke_result_t<Body, Tx&> {
  using Result = std::invoke_result_t<Body, Tx&>;
  Result checked = absl::UnknownError("not run");
  Result written = db.Write([&](Tx& tx) -> Result {
    ASSIGN_OR_RETURN(Replay replay, BeginRequest(tx, call));
    if (replay.found) {
      typename Result::value_type answer;
      RETURN_IF_ERROR(ReadReplay(tx, replay, answer));
      return answer;
    }
    Result result = body(tx);
    if (!result.ok()) return result;
    if (call.validate_only) {
      checked = std::move(result);
      return DryRun();
    }
    RETURN_IF_ERROR(EndRequest(tx, call));
    return result;
  });
  return IsDryRun(written.status()) ? std::move(checked) : std::move(written);
}

// Deletes the request ids older than seven days, at most 1 000 of them; answers how many.
absl::StatusOr<int64_t> SweepRequests(Tx& tx, absl::Time now);

}  // namespace lucid
