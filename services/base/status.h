// The one way to fail: absl::Status with a reason, and with field violations for bad requests.
//
// Every error that tells a client anything (all but INTERNAL and DATA_LOSS) is made by Fail() or
// FieldErrors, so that it carries google.rpc.ErrorInfo (reason in CAPITALS, domain "lucid") and,
// for a bad request, google.rpc.BadRequest naming each field and the rule it breaks (AIP-193).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lucid {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// An error with its machine-readable reason; metadata goes into ErrorInfo and must hold nothing
// confidential.
absl::Status Fail(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                  const Metadata& metadata = {});

// INVALID_ARGUMENT for one request field: `field` is the proto path ("task.due_day"), `rule` says
// what is expected ("is not a day; expected YYYY-MM-DD").
absl::Status InvalidField(absl::string_view field, absl::string_view rule);

// FAILED_PRECONDITION: the request is sound, the record's state or its history forbids it.
absl::Status Forbidden(absl::string_view reason, absl::string_view message);

// The refusal that a caller gets for a foreign and for a missing record alike.
absl::Status NotYours(absl::string_view collection, absl::string_view id);

// Collects every violation of a request before answering, so that a form is corrected once.
class FieldErrors {
 public:
  void Add(absl::string_view field, absl::string_view rule);
  // Adds the violations of another INVALID_ARGUMENT status under a prefix ("tasks[3].").
  void Add(absl::string_view prefix, const absl::Status& status);
  bool empty() const { return violations_.empty(); }
  // OK when nothing was added, else INVALID_ARGUMENT with all violations.
  absl::Status status() const;

 private:
  std::vector<std::pair<std::string, std::string>> violations_;
};

// A status about one item of a batch: violations get the item's place ("tasks[3].title"), other
// errors name it in the message.
absl::Status InItem(absl::string_view list, int index, const absl::Status& status);

// A failure of the program itself, whose words are for the log.
bool IsOurs(const absl::Status& status);
// What a status tells to those who called: not what went wrong inside, nor what the storage engine
// says, which may name hosts and paths.
std::string ToldMessage(const absl::Status& status);

// ErrorInfo.reason of a status, or "" when it has none.
std::string Reason(const absl::Status& status);

// ErrorInfo.metadata[key], or "".
std::string ErrorMetadata(const absl::Status& status, absl::string_view key);

// The payload type URLs that the door puts into grpc-status-details-bin.
inline constexpr absl::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr absl::string_view kBadRequestUrl = "type.googleapis.com/google.rpc.BadRequest";

}  // namespace lucid

#define LUCID_CONCAT_(a, b) a##b
#define LUCID_CONCAT(a, b) LUCID_CONCAT_(a, b)

#define RETURN_IF_ERROR(expression)      \
  do {                                   \
    absl::Status status_ = (expression); \
    if (!status_.ok()) return status_;   \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_(LUCID_CONCAT(result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return std::move(result).status();     \
  declaration = *std::move(result)
