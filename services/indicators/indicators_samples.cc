#include "services/indicators/indicators_samples.h"

#include "absl/strings/str_cat.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using figures::v1::RecordReference;
using v1::Observation;

absl::StatusOr<Series> LoadSeries(Tx& tx, const std::string& subject, const std::string& factor,
                                  const Period& period) {
  RunQuery query{subject, factor};
  query.to = absl::CivilMonth(period.last());
  if (period.from) query.from = absl::CivilMonth(*period.from);
  ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx, query));
  Series series;
  for (const StoredRun& stored : runs) {
    const Observation::Length length = stored.key.length;
    ASSIGN_OR_RETURN(std::vector<Sample> samples, Unpack(stored.run, length, stored.key.month));
    std::vector<Sample>& target = series[{stored.key.factor, length}];
    for (Sample& sample : samples) {
      if (period.Contains(sample.day()) && LastDay(sample.start, length) <= period.last()) {
        target.push_back(std::move(sample));
      }
    }
  }
  return series;
}

absl::StatusOr<std::vector<Sample>> LoadSpan(Tx& tx, const v1::Span& span) {
  ASSIGN_OR_RETURN(absl::CivilMinute first, ParseStart(span.first(), span.length()));
  ASSIGN_OR_RETURN(absl::CivilMinute last, ParseStart(span.last(), span.length()));
  const absl::CivilDay end = LastDay(last, span.length());
  const std::string subject =
      span.site_id().empty() ? IndicatorSubject(span.indicator_id()) : SiteSubject(span.site_id());
  ASSIGN_OR_RETURN(Series series,
                   LoadSeries(tx, subject, span.factor(), Period{absl::CivilDay(first), end, end}));
  std::vector<Sample> samples = Of(series, span.factor(), span.length());
  std::erase_if(samples,
                [&](const Sample& sample) { return sample.start < first || sample.start > last; });
  return samples;
}

const std::vector<Sample>& Of(const Series& series, const std::string& factor,
                              Observation::Length length) {
  static const auto& none = *new std::vector<Sample>;
  auto found = series.find({factor, length});
  return found == series.end() ? none : found->second;
}

RecordReference Reference(absl::string_view collection, std::string id, int64_t version) {
  RecordReference reference;
  reference.set_collection(std::string(collection));
  reference.set_id(std::move(id));
  reference.set_version(version);
  return reference;
}

RecordReference Reference(const std::string& subject, const std::string& factor,
                          Observation::Length length, const Sample& sample) {
  return Reference("observations",
                   absl::StrCat(subject, "/", factor, "/", Observation::Length_Name(length), "/",
                                FormatStart(sample.start, length)),
                   sample.revision + 1);
}

absl::StatusOr<std::vector<v1::Site>> SitesFor(Tx& tx, const Question& question) {
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                   SelectSites(tx, question.judged_region(), question.indicator.sites()));
  std::erase_if(sites, [&](const v1::Site& site) { return !Asked(site, question); });
  return sites;
}

absl::StatusOr<SitesOfEach> SitesForEach(Tx& tx, absl::Span<const Question> questions) {
  struct Group {
    std::string region;  // the least that contains those of all its questions
    std::vector<size_t> questions;
  };
  std::map<std::pair<std::string, v1::Site::Kind>, Group> groups;  // by province and kind
  for (size_t i = 0; i < questions.size(); ++i) {
    const std::string& region = questions[i].judged_region();
    Group& group = groups[{region.substr(0, 2), questions[i].indicator.sites().kind()}];
    if (group.questions.empty()) group.region = region;
    for (const std::string& upper : RegionsUpFrom(group.region)) {
      group.region = upper;
      if (RegionContains(upper, region)) break;
    }
    group.questions.push_back(i);
  }
  SitesOfEach result;
  result.sites.resize(questions.size());
  for (const auto& [key, group] : groups) {
    v1::SiteSelection of_kind;
    of_kind.set_kind(key.second);
    ASSIGN_OR_RETURN(std::vector<v1::Site> read, SelectSites(tx, group.region, of_kind));
    result.read.push_back(std::move(read));
    for (size_t i : group.questions) {
      for (const v1::Site& site : result.read.back()) {
        if (Asked(site, questions[i]) && Selected(site, questions[i].indicator.sites())) {
          result.sites[i].push_back(&site);
        }
      }
    }
  }
  return result;
}

bool Asked(const v1::Site& site, const Question& question) {
  return RegionContains(question.judged_region(), site.region()) &&
         (question.site.empty() || question.site == site.id());
}

bool InSet(const v1::Site& site, const Period& period, v1::AssessmentSet::Level set) {
  return Membership(site, set).Contains(period.last());
}

}  // namespace lucid::indicators
