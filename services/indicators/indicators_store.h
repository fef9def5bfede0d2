// How indicators, sites, registers and observations are stored: tables, columns, runs and counts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/board.pb.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/observation.pb.h"
#include "lucid/indicators/v1/register.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::Indicator>();
template <>
const Table& TableOf<indicators::v1::Board>();
template <>
const Table& TableOf<indicators::v1::Site>();
template <>
const Table& TableOf<indicators::v1::Register>();
template <>
const Table& TableOf<indicators::v1::RegisterItem>();
template <>
const Table& TableOf<indicators::v1::ObservationBatch>();

namespace indicators {

// The schema, append-only.
absl::Span<const absl::string_view> Migrations();

// Every resource type of this service.
std::vector<RecordType> Records();

// --- Definitions ---

// The indicator of exactly this region that feeds the figure; NOT_FOUND where there is none.
absl::StatusOr<v1::Indicator> IndicatorOfFigure(Tx& tx, absl::string_view region,
                                                absl::string_view figure_id);
// The indicators of exactly this region that stand on the overview, at most twelve, by id.
absl::StatusOr<std::vector<v1::Indicator>> HeadlinesOf(Tx& tx, absl::string_view region);
// Notes which indicators a formula refers to, in place of what was noted of it before.
absl::Status SaveUses(Tx& tx, absl::string_view id, const std::vector<std::string>& uses);
// Which indicators every formula refers to that is reached from these, themselves included.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> UsesFrom(
    Tx& tx, const std::vector<std::string>& ids);
// The sites of the selection within `region` and below, by id, whatever their days: those that are
// or ever were in the set.
absl::StatusOr<std::vector<v1::Site>> SelectSites(Tx& tx, absl::string_view region,
                                                  const v1::SiteSelection& selection);
// Whether a site of the selection's kind is, or ever was, in its set, and is one of its sites.
bool Selected(const v1::Site& site, const v1::SiteSelection& selection);
// The item of this key on this day, where the register has one.
absl::StatusOr<std::optional<v1::RegisterItem>> ItemOfKey(Tx& tx, const std::string& register_id,
                                                          const std::string& key,
                                                          const std::string& day);
// The items of a register that count on the days from … to ("" from: from the beginning), as rows
// of (id, version, key, quantity, unit, day), by day.
absl::StatusOr<Rows> CountingItems(Tx& tx, absl::string_view register_id, absl::string_view from,
                                   absl::string_view to);

// --- Observations ---

// What a series belongs to, as it is stored: "site/ID" or "indicator/ID".
std::string SiteSubject(absl::string_view id);
std::string IndicatorSubject(absl::string_view id);

// The observations of one series in one month.
struct RunKey {
  std::string subject;
  std::string factor;
  v1::Observation::Length length = v1::Observation::LENGTH_UNSPECIFIED;
  absl::CivilMonth month;

  friend bool operator<(const RunKey& a, const RunKey& b) {
    return std::tie(a.subject, a.factor, a.length, a.month) <
           std::tie(b.subject, b.factor, b.length, b.month);
  }
};
struct StoredRun {
  RunKey key;
  v1::ObservationRun run;
};

// Which runs of a subject; what is empty is not asked for.
struct RunQuery {
  std::string subject;
  std::string factor = "";
  v1::Observation::Length length = v1::Observation::LENGTH_UNSPECIFIED;
  std::optional<absl::CivilMonth> from = {};
  std::optional<absl::CivilMonth> to = {};
  std::optional<RunKey> at_or_after = {};  // in the order of (factor, length, month)
  bool newest_first = false;               // by month alone
  int limit = 100'000;
};
absl::StatusOr<std::vector<StoredRun>> FindRuns(Tx& tx, const RunQuery& query);
// These runs, in the order of the keys; empty ones where there are none.
absl::StatusOr<std::vector<v1::ObservationRun>> FindRuns(Tx& tx, absl::Span<const RunKey> keys);
// Stores the runs in place of what was there.
absl::Status SaveRuns(Tx& tx, absl::Span<const StoredRun> runs);

// The last stored message of a caller's stream; 0 where there is none.
absl::StatusOr<int64_t> StreamPosition(Tx& tx, const std::string& caller,
                                       const std::string& stream_id);
// Moves it from one position to another; false, and nothing moves, where it is not at `from`.
absl::StatusOr<bool> MoveStream(Tx& tx, const std::string& caller, const std::string& stream_id,
                                int64_t from, int64_t to);

// Keeps what an observation said before it was corrected.
absl::Status InsertCorrection(Tx& tx, absl::string_view subject, const v1::Correction& correction);
// The corrections of a subject after (factor, length, start, revision), which may be empty, at most
// `limit`.
struct CorrectionQuery {
  std::string subject;
  std::string factor;
  v1::Observation::Length length = v1::Observation::LENGTH_UNSPECIFIED;
  std::vector<std::string> after;  // factor, length, start, revision
  int64_t limit = 0;
};
absl::StatusOr<std::vector<v1::Correction>> FindCorrections(Tx& tx, const CorrectionQuery& query);

}  // namespace indicators
}  // namespace lucid
