// What was observed, as evaluations read it: the samples of a subject in a period, and how an
// evaluation refers to its records.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lucid/figures/v1/figures.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_runs.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The observations of one subject in a period, by factor and length.
using Series = std::map<std::pair<std::string, v1::Observation::Length>, std::vector<Sample>>;

// Those of a subject and a factor ("": every one) that lie within the period.
absl::StatusOr<Series> LoadSeries(Tx& tx, const std::string& subject, const std::string& factor,
                                  const Period& period);

// Those of the series that a span names, from its first to its last start.
absl::StatusOr<std::vector<Sample>> LoadSpan(Tx& tx, const v1::Span& span);

// Those of one factor and length; empty where there are none.
const std::vector<Sample>& Of(const Series& series, const std::string& factor,
                              v1::Observation::Length length);

// The name of a record, and of an observation by the key of its series and its start.
figures::v1::RecordReference Reference(absl::string_view collection, std::string id,
                                       int64_t version);
figures::v1::RecordReference Reference(const std::string& subject, const std::string& factor,
                                       v1::Observation::Length length, const Sample& sample);

// The sites that the question asks about, whatever their days: those of the indicator's selection
// in the region judged, or the one site.
absl::StatusOr<std::vector<v1::Site>> SitesFor(Tx& tx, const Question& question);

// The same of several questions, where each site is read once and what lies in one province
// together.
struct SitesOfEach {
  std::vector<std::vector<v1::Site>> read;
  std::vector<std::vector<const v1::Site*>> sites;  // by question, by id
};
absl::StatusOr<SitesOfEach> SitesForEach(Tx& tx, absl::Span<const Question> questions);

// Whether the question asks about the site, which is one of the indicator's.
bool Asked(const v1::Site& site, const Question& question);

// Whether the site is in the set (unspecified: in any) at the end of the period.
bool InSet(const v1::Site& site, const Period& period,
           v1::AssessmentSet::Level set = v1::AssessmentSet::LEVEL_UNSPECIFIED);

}  // namespace lucid::indicators
