// How verdicts are stored: the records, what each indicator rests on, and which are due.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lucid/indicators/v1/verdict.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::IndicatorVerdict>();

namespace indicators {

// Keeps the names of what an indicator rests on, in place of those kept before.
absl::Status SaveInputs(Tx& tx, absl::string_view indicator_id,
                        const std::vector<std::string>& inputs);
// The ids of the indicators that rest on one of these names, or on one that begins so.
absl::StatusOr<std::set<std::string>> FindByInputs(Tx& tx, const std::vector<std::string>& inputs);
absl::StatusOr<std::set<std::string>> FindByInputPrefixes(Tx& tx,
                                                          const std::vector<std::string>& prefixes);

// An indicator was touched: its verdict is due.
absl::Status MarkDue(Tx& tx, absl::string_view indicator_id, absl::Time now);
// Every indicator's is, because another day has begun; once per day.
absl::StatusOr<bool> DayIsNew(Tx& tx, absl::string_view day);
absl::Status MarkAllDue(Tx& tx, absl::string_view day, absl::Time now);

// A verdict that is due, with how often its indicator had been touched when it was read.
struct Due {
  std::string indicator_id;
  int64_t mark = 0;
  int64_t done = 0;
};
// The one that has been due for longest.
absl::StatusOr<std::optional<Due>> NextDue(Tx& tx);
// Says that the verdict is as of `due.mark`; false where another has said something since. It stays
// due where it was touched again.
absl::StatusOr<bool> SettleDue(Tx& tx, const Due& due, absl::Time now);

}  // namespace indicators
}  // namespace lucid
