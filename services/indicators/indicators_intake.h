// Observations on their way into the store. Every way in (a batch, a stream, an import) is this
// one: the same rules, the same rows, one event for all that is accepted at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lucid/indicators/v1/observation.pb.h"
#include "lucid/types/v1/types.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

// What observations belong to: a site, or an indicator.
struct Subject {
  std::optional<v1::Site> site;
  std::optional<v1::Indicator> indicator;

  const std::string& region() const { return site ? site->region() : indicator->region(); }
  std::string key() const;
  absl::StatusOr<ValueRule> RuleOf(absl::string_view factor) const;
};

// Finds the site or the indicator, whichever is named; exactly one must be.
absl::StatusOr<Subject> FindSubject(Tx& tx, const Call& call, const std::string& site_id,
                                    const std::string& indicator_id);

// The observation with its series written into it.
v1::Observation Named(const RunKey& key, const Sample& sample);

// Where something stands in what was sent: observations[3], runs[2].values[5].
struct Place {
  absl::string_view list;
  int index = 0;
  int value = -1;

  std::string ToString() const;
  // The status as one about this place.
  absl::Status In(const absl::Status& status) const;
};

// What is refused, and why.
struct Refusal {
  Place place;
  absl::Status status;
};

class Intake {
 public:
  // `call` and what is added outlive it.
  explicit Intake(const Call& call) : call_(call) {}

  // Checks by what it says itself, and takes it. Otherwise INVALID_ARGUMENT with every violation,
  // relative to the observation or run, or why its site or indicator cannot be used.
  absl::Status Add(Tx& tx, const v1::Observation& observation, Place place);
  absl::Status Add(Tx& tx, const v1::Run& run, Place place);

  // Answers the batch that storing would write, and only reads. What contradicts another value is
  // refused: the first one fails the whole, at its place, or where `refusals` is given, each is
  // left out and listed.
  absl::StatusOr<v1::ObservationBatch> Try(Tx& tx, std::vector<Refusal>* refusals = nullptr);
  // Tries it, puts everything in its place among what is stored, writes the batch with its event,
  // and answers it. With `refusals`, no batch is written where nothing changes.
  absl::StatusOr<v1::ObservationBatch> Store(Tx& tx, const types::v1::Origin& origin,
                                             std::vector<Refusal>* refusals = nullptr);

 private:
  // One value with its place, and why it corrects an earlier one where it does.
  struct Arrived {
    Sample sample;
    Place place;
    const std::string* reason;
  };
  struct Series {
    std::string subject;
    std::string factor;
    v1::Observation::Length length;
    ValueRule rule;
    std::vector<Arrived> arrived;
  };
  // The series of one site or indicator.
  struct Known {
    Subject subject;
    std::vector<size_t> series;
  };
  // The values of one series in one month.
  struct Month {
    RunKey key;
    absl::Span<Arrived> arrived;
  };

  absl::StatusOr<Series*> FindSeries(Tx& tx, const std::string& site_id,
                                     const std::string& indicator_id, const std::string& factor,
                                     v1::Observation::Length length);
  absl::Status Order(Series& series);
  std::vector<Month> Months();
  absl::Status Merge(const Month& month, std::vector<Sample>& samples, bool& changed);
  v1::Correction CorrectionOf(const RunKey& key, const Merged& merged) const;
  absl::Status Refuse(const Place& place, const absl::Status& status);
  absl::Status KeepRuns(Tx& tx) const;
  absl::Status KeepYears(Tx& tx) const;

  absl::CivilMinute Now() const { return absl::ToCivilMinute(call_.now, call_.zone); }

  const Call& call_;
  absl::flat_hash_map<std::string, std::unique_ptr<Known>> sites_, indicators_;
  std::vector<std::unique_ptr<Series>> series_;
  v1::ObservationBatch batch_;
  std::vector<Refusal>* refusals_ = nullptr;
  std::vector<std::pair<std::string, v1::Correction>> corrections_;  // with their subjects
  // The runs that changed, with their samples.
  std::vector<std::pair<RunKey, std::vector<Sample>>> changed_;
};

}  // namespace lucid::indicators
