// References between records of this service: what a request names must be there.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/records.h"
#include "services/base/status.h"

namespace lucid::tasks {

// Adds a violation of `field` to `errors` where `id` names no R; `what` is its name with its
// article. An empty id names nothing and is fine. Other failures are returned.
template <class R>
absl::Status CheckExists(Tx& tx, absl::string_view field, const std::string& id,
                         absl::string_view what, FieldErrors& errors) {
  if (id.empty()) return absl::OkStatus();
  absl::Status found = Find<R>(tx, id).status();
  if (found.code() != absl::StatusCode::kNotFound) return found;
  errors.Add(field, absl::StrCat("names ", what, " that does not exist"));
  return absl::OkStatus();
}

// The same, where R is one that the caller must be permitted to see; one that is hidden does not
// exist for it.
template <class R>
absl::Status CheckExistsFor(Tx& tx, const Call& call, absl::string_view field,
                            const std::string& id, absl::string_view what, FieldErrors& errors) {
  if (id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<R> found, FindReferred<R>(tx, call, id));
  if (!found) errors.Add(field, absl::StrCat("names ", what, " that does not exist"));
  return absl::OkStatus();
}

}  // namespace lucid::tasks
