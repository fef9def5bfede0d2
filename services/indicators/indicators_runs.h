// Runs: the observations of one series in one month, packed and unpacked.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/observation.pb.h"
#include "services/base/decimal.h"

namespace lucid::indicators {

// One observation without its series.
struct Sample {
  absl::CivilMinute start;
  Decimal value;  // 0 where the qualifier says that there is none
  std::string unit;
  v1::Observation::Qualifier qualifier = v1::Observation::QUALIFIER_UNSPECIFIED;
  bool invalid = false;
  std::string note;
  std::string source;
  int revision = 0;

  absl::CivilDay day() const { return absl::CivilDay(start); }
  // Whether there is a number at all.
  bool has_value() const;
  // Whether evaluations may use it: it has a number and is not marked invalid.
  bool usable() const { return has_value() && !invalid; }
  // The number that evaluations use: half of the limit where nothing was detected.
  Decimal used() const;
  // Whether it says the same, whatever the digits and the source: 35 and 35.0.
  bool SameValue(const Sample& other) const;
};

// Packs samples in order of start, all within `month`, for storage.
v1::ObservationRun Pack(const std::vector<Sample>& samples, v1::Observation::Length length,
                        absl::CivilMonth month);

// What Pack() was given. DATA_LOSS when the run contradicts itself.
absl::StatusOr<std::vector<Sample>> Unpack(const v1::ObservationRun& run,
                                           v1::Observation::Length length, absl::CivilMonth month);

// The start as observations write it: "2023-05-01", or "2023-05-01T13:00" of hours and instants.
std::string FormatStart(absl::CivilMinute start, v1::Observation::Length length);

// The moment that `text` writes, where it may begin a period of this length; INVALID_ARGUMENT,
// reason NOT_A_START, saying what is expected otherwise.
absl::StatusOr<absl::CivilMinute> ParseStart(absl::string_view text,
                                             v1::Observation::Length length);

// The start of the `count`-th period of this length after the one that begins at `start`; of
// instants, so many minutes after it.
absl::CivilMinute Advance(absl::CivilMinute start, v1::Observation::Length length, int64_t count);

// The last day of the period that begins at `start`.
absl::CivilDay LastDay(absl::CivilMinute start, v1::Observation::Length length);

}  // namespace lucid::indicators
